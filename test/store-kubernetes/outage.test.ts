import { setTimeout as delay } from 'node:timers/promises';
import { kubeconfigCredentials } from '../../src/store/kubernetes/kubeconfig.ts';
import { kubernetesStore } from '../../src/store/kubernetes/store.ts';
import { kubernetesTransport } from '../../src/store/kubernetes/transport.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { kubectl, release } from './manifests.ts';

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
  await cluster.installCRDs();
});
afterAll(() => cluster.stop());

test('the API server away for 10 s: reads go on, then the cache is right again and has missed nothing', async () => {
  const namespace = await cluster.createNamespace('outage');
  const apply = (content: string, name: string) =>
    kubectl(cluster, ['apply', '-f', '-'], release(namespace, name, content));
  for (const name of ['changed', 'deleted', 'same']) await apply('before', name);

  const calls: { verb: string; status: number }[] = [];
  const checked: number[] = [];
  const transport = kubernetesTransport({
    credentials: await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig }),
    onCall: (call) => calls.push(call),
  });
  const store = kubernetesStore({
    transport,
    epoch: () => 1,
    checkMs: 1_000,
    onChecked: (_kind, missed) => checked.push(missed),
  });
  store.start();
  await store.synced();
  const contentOf = (name: string) =>
    store.get('PromptRelease', namespace, name)?.spec.prompt?.messages[0]?.content;
  expect(contentOf('changed')).toBe('before');

  await cluster.stopApiServer();
  const callsBefore = calls.length;
  await delay(10_000);
  expect(contentOf('same')).toBe('before');
  // Four watches with back-off and a check a second each: far from a busy loop.
  expect(calls.length - callsBefore).toBeLessThan(100);
  const away = store.writeStatus(store.get('PromptRelease', namespace, 'same')!, { phase: 'Healthy' });
  await expect(away).rejects.toMatchObject({ code: 'Unavailable' });

  await cluster.startApiServer();
  await apply('after', 'changed');
  await apply('after', 'new');
  await kubectl(cluster, ['delete', 'prel', 'deleted', '-n', namespace]);
  await eventually(
    'the cache is right',
    () => contentOf('changed') === 'after' && contentOf('new') === 'after' && !contentOf('deleted'),
    35_000,
  );
  const checksBefore = checked.length;
  await eventually('checks go on', () => checked.length > checksBefore + 8);
  expect(checked.filter((missed) => missed > 0)).toEqual([]);
  await store.stop();
  await transport.close();
}, 120_000);
