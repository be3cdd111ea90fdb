import { callersBy } from '../../src/gateway/callers/callers.ts';
import { NOBODY } from '../../src/gateway/callers/callers-file.ts';
import { findCredentials } from '../../src/store/kubernetes/kubeconfig.ts';
import { tokenReviews } from '../../src/store/kubernetes/token-review.ts';
import { kubernetesTransport, type Transport } from '../../src/store/kubernetes/transport.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';

let cluster: Cluster;
let namespace: string;
let transport: Transport;
beforeAll(async () => {
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('callers');
  await kubectl('create', 'serviceaccount', 'web');
  transport = kubernetesTransport({ credentials: await findCredentials({ kubeconfig: cluster.kubeconfig }) });
}, 120_000);
afterAll(() => transport?.close());

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(['--namespace', namespace, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

const identify = (token: string) =>
  callersBy({ known: () => NOBODY, review: tokenReviews(transport, 'sluice') }).identify({
    authorization: `Bearer ${token}`,
  });

test('a token that was made for this gateway names its ServiceAccount', async () => {
  const token = await kubectl('create', 'token', 'web', '--audience', 'sluice');
  expect(await identify(token)).toEqual({ name: `${namespace}/web`, namespaces: [namespace] });
});

test('one that was made for another is not taken, nor one that was changed', async () => {
  const ofTheServer = await kubectl('create', 'token', 'web');
  await expect(identify(ofTheServer)).rejects.toMatchObject({ status: 401 });
  const ours = await kubectl('create', 'token', 'web', '--audience', 'sluice');
  const [header, , signature] = ours.split('.');
  const [, claims] = ofTheServer.split('.');
  await expect(identify([header, claims, signature].join('.'))).rejects.toMatchObject({ status: 401 });
});

test('one whose ServiceAccount is gone is taken no more', async () => {
  await kubectl('create', 'serviceaccount', 'gone');
  const token = await kubectl('create', 'token', 'gone', '--audience', 'sluice');
  expect((await identify(token)).name).toBe(`${namespace}/gone`);
  await kubectl('delete', 'serviceaccount', 'gone');
  // The API server itself remembers for some seconds that a token was good.
  const refusal = await eventually('the token is refused', () =>
    identify(token).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  expect(refusal).toMatchObject({ status: 401 });
});
