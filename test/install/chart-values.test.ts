import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { helm, type Manifest, rendered } from './chart.ts';

// Helm may have to be built first.
beforeAll(async () => {
  await helm(['version']);
}, 900_000);

interface PodSpec {
  securityContext: object;
  containers: { args: string[] }[];
  volumes?: { name: string }[];
}

/** The pod of one of the programs, with these values. */
async function podOf(program: string, given: object): Promise<PodSpec> {
  const all = await rendered(given);
  const named = ({ kind, metadata }: Manifest) =>
    kind === 'Deployment' && metadata.name === `sluice-${program}`;
  return (all.find(named)!.spec as { template: { spec: PodSpec } }).template.spec;
}

test('a volume that is named for records takes the place of the one by default', async () => {
  const volume = { persistentVolumeClaim: { claimName: 'records' } };
  const pod = await podOf('gateway', { records: { file: { enabled: true, volume } } });
  expect(pod.volumes).toContainEqual({ name: 'records', ...volume });
});

test.each<[string, object, object]>([
  ['a volume of its own', { ephemeral: { volumeClaimTemplate: {} } }, { fsGroup: 65_532 }],
  ['an emptyDir, which anyone may write to', { emptyDir: { sizeLimit: '1Gi' } }, {}],
])('for records on %s the gateway has what it takes to write', async (_what, volume, more) => {
  const { securityContext } = await podOf('gateway', { records: { file: { enabled: true, volume } } });
  const others = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  expect(securityContext).toEqual({
    ...others,
    ...more,
    ...('fsGroup' in more && { fsGroupChangePolicy: 'OnRootMismatch' }),
  });
});

test('a cluster that chooses groups by itself is told of none', async () => {
  const file = { enabled: true, fsGroup: 0, volume: { persistentVolumeClaim: { claimName: 'records' } } };
  expect((await podOf('gateway', { records: { file } })).securityContext).not.toHaveProperty('fsGroup');
});

test('Secrets of one namespace are in one role, wherever they are named', async () => {
  const secrets = [
    { namespace: 'support', names: ['openai'] },
    { namespace: 'sales', names: ['openai'] },
    { namespace: 'support', names: ['anthropic', 'openai'] },
  ];
  const all = await rendered({ providers: { secrets } });
  const ofKeys = all.filter(({ metadata }) => metadata.name === 'sluice-provider-keys');
  expect(ofKeys).toMatchObject([
    { kind: 'Role', metadata: { namespace: 'support' }, rules: [{ resourceNames: ['openai', 'anthropic'] }] },
    { kind: 'Role', metadata: { namespace: 'sales' }, rules: [{ resourceNames: ['openai'] }] },
    { kind: 'RoleBinding', metadata: { namespace: 'support' } },
    { kind: 'RoleBinding', metadata: { namespace: 'sales' } },
  ]);
});

test('a token for a Prometheus that is not named starts no operator that ends at once', async () => {
  const prometheus = { tokenSecret: { name: 'token' } };
  const { containers, volumes } = await podOf('operator', { prometheus });
  expect(containers[0]!.args.join()).not.toContain('--prometheus');
  expect(volumes).toBeUndefined();
});

test('more files of records than the program takes are refused', async () => {
  const more = rendered({ records: { file: { number: 1001 } } });
  await expect(more).rejects.toThrow('/records/file/number');
});

/** Runs what `helm test` runs, against a gateway that answers callers so. */
async function helmTest(given: object, status: number, answer: object): Promise<number | null> {
  const server = createServer(({ url }, response) => {
    if (url === '/readyz') response.end('ok\n');
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pod = (await rendered(given)).find(({ kind }) => kind === 'Pod')!;
  const { containers } = pod.spec as PodSpec;
  const child = spawn(process.execPath, ['-e', ...containers[0]!.args], {
    env: { ADMIN: url, GATEWAY: url },
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => server.close(resolve));
  return code;
}

const models = { object: 'list', data: [] };
const refusal = { error: { code: 'unauthenticated' } };

test.each<[string, object, number, object, number]>([
  ['anybody may call', {}, 200, models, 0],
  ['anybody should be able to call', {}, 401, refusal, 1],
  ['callers show tokens', { callers: { tokens: true } }, 401, refusal, 0],
  ['callers show keys', { callers: { existingSecret: 'keys' } }, 401, refusal, 0],
  ['callers should have to show keys', { callers: { existingSecret: 'keys' } }, 200, models, 1],
])('helm test, where %s', async (_where, given, status, answer, code) => {
  expect(await helmTest(given, status, answer)).toBe(code);
});
