import { existsSync } from 'node:fs';
import { auditEvents, isWrite } from './audit-log.ts';
import type { Cluster } from './cluster.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { sharedControlPlane } from './shared.ts';
import { kubernetesVersion } from './versions.ts';

describe('the shared control plane', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await sharedControlPlane();
  });

  test('keeps what kubectl applies in a namespace of its own', async () => {
    const namespace = await cluster.createNamespace('control-plane');
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', namespace },
      data: { a: '1' },
    });
    expect(await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input })).toMatchObject({
      code: 0,
    });
    const { stdout } = await cluster.kubectl([
      'get',
      'configmap',
      'kept',
      '-n',
      namespace,
      '-o',
      'jsonpath={.data.a}',
    ]);
    expect(stdout).toBe('1');
  });

  test('denies a user without a role, and lets in the same one with it', async () => {
    const namespace = await cluster.createNamespace('control-plane');
    const read = ['get', 'configmaps', '-n', namespace];
    const as = `reader-of-${namespace}`;

    const denied = await cluster.kubectl(read, { as });
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain(`User "${as}" cannot list resource "configmaps"`);

    const inNamespace = ['-n', namespace];
    const role = ['create', 'role', 'reader', '--verb=list', '--resource=configmaps', ...inNamespace];
    expect(await cluster.kubectl(role)).toMatchObject({ code: 0 });
    const binding = ['create', 'rolebinding', 'reader', '--role=reader', `--user=${as}`, ...inNamespace];
    expect(await cluster.kubectl(binding)).toMatchObject({ code: 0 });
    // The authorizer learns of the binding through a watch, a little later.
    await expectSoon(async () => (await cluster.kubectl(read, { as })).code, 0);
  });
});

describe('a control plane of a test’s own', () => {
  let own: ControlPlane;

  beforeAll(async () => {
    own = await startControlPlane({ auditLog: true });
  });

  afterAll(() => own.stop());

  test('is of the minor version that was asked for, and so is its kubectl', async () => {
    const { stdout } = await own.kubectl(['version', '-o', 'json']);
    const { clientVersion, serverVersion } = JSON.parse(stdout);
    const minor = new RegExp(`^v${kubernetesVersion.replace(/\.\d+$/, '\\.')}`);
    expect(clientVersion.gitVersion).toMatch(minor);
    expect(serverVersion.gitVersion).toMatch(minor);
  });

  test('writes every write, with its user, to the audit log', async () => {
    const namespace = await own.createNamespace('control-plane');
    const as = `writer-of-${namespace}`;
    await own.kubectl(['create', 'configmap', 'never', '-n', namespace], { as });

    const events = (await auditEvents(own.auditLogPath ?? '')).filter(
      (event) => isWrite(event) && event.impersonatedUser?.username === as,
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      verb: 'create',
      objectRef: { resource: 'configmaps', namespace },
      responseStatus: { code: 403 },
    });
  });

  test('has its data, at the same address, after the API server and etcd were killed', async () => {
    const namespace = await own.createNamespace('kept');
    await own.stopApiServer();
    expect(await own.kubectl(['get', 'namespace', namespace])).toMatchObject({ code: 1 });
    await own.stopEtcd();

    await own.startEtcd();
    await own.startApiServer();
    expect(await own.kubectl(['get', 'namespace', namespace])).toMatchObject({ code: 0 });
  });

  test('leaves no file behind', async () => {
    const another = await startControlPlane();
    expect(existsSync(another.kubeconfig)).toBe(true);
    await another.stop();
    expect(existsSync(another.kubeconfig)).toBe(false);
  });
});

async function expectSoon<T>(probe: () => Promise<T>, expected: T): Promise<void> {
  const deadline = performance.now() + 4000;
  let actual = await probe();
  while (actual !== expected && performance.now() < deadline) actual = await probe();
  expect(actual).toBe(expected);
}
