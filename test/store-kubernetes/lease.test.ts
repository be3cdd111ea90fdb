import { systemTimers } from '../../src/lib/timers.ts';
import { kubeconfigCredentials } from '../../src/store/kubernetes/kubeconfig.ts';
import { electLeader, type LeaderElection } from '../../src/store/kubernetes/lease.ts';
import { kubernetesStore } from '../../src/store/kubernetes/store.ts';
import { kubernetesTransport, type Transport } from '../../src/store/kubernetes/transport.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { kubectl, release } from './manifests.ts';

let cluster: Cluster;
let namespace: string;
let transport: Transport;

beforeAll(async () => {
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('lease');
  const credentials = await kubeconfigCredentials({ kubeconfig: cluster.kubeconfig });
  transport = kubernetesTransport({ credentials });
});
afterAll(() => transport.close());

/** A candidate with a lease of 3 s, and a clock that a test can stop, as SIGSTOP stops the process. */
function candidate(identity: string) {
  const told: string[] = [];
  const frozen = { is: false };
  const election: LeaderElection = electLeader({
    transport: {
      ...transport,
      request: (request) => (frozen.is ? new Promise(() => {}) : transport.request(request)),
    },
    namespace,
    name: 'sluice',
    identity,
    durationMs: 3_000,
    renewDeadlineMs: 2_000,
    retryMs: 300,
    timers: {
      now: systemTimers.now,
      after: (ms, run) => systemTimers.after(ms, () => frozen.is || run()),
    },
    onLeading: () => told.push('leading'),
    onLost: (why) => told.push(why),
  });
  return { election, told, frozen };
}

const holder = async () => {
  const lease = JSON.parse(await kubectl(cluster, ['get', 'lease', 'sluice', '-n', namespace, '-o', 'json']));
  return lease.spec as { holderIdentity: string; leaseTransitions: number; renewTime: string };
};

test('two candidates, a take-over, and an old leader that wakes and writes nothing', async () => {
  const one = candidate('one');
  await eventually('one leads', () => one.election.leads());
  expect(one.election.epoch()).toBe(1);
  const two = candidate('two');

  await kubectl(cluster, ['apply', '-f', '-'], release(namespace, 'fenced'));
  const store = kubernetesStore({
    transport,
    namespace,
    epoch: one.election.epoch,
    mayWrite: one.election.leads,
  });
  store.start();
  const resource = await eventually('the release', () => store.get('PromptRelease', namespace, 'fenced'));
  const written = await store.writeStatus(resource, { phase: 'Healthy', epoch: 1 });

  one.frozen.is = true;
  await eventually('two leads', () => two.election.leads());
  expect(await holder()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 2 });
  one.frozen.is = false;
  expect(one.election.leads()).toBe(false);
  await expect(store.writeStatus(written, { phase: 'RolledBack', epoch: 1 })).rejects.toThrow(
    'writes nothing more',
  );
  await store.stop();
  const { status } = JSON.parse(
    await kubectl(cluster, ['get', 'prel', 'fenced', '-n', namespace, '-o', 'json']),
  );
  expect(status).toEqual({ phase: 'Healthy', epoch: 1 });

  const before = performance.now();
  await two.election.stop();
  expect(await holder()).toMatchObject({ holderIdentity: '', leaseTransitions: 2 });
  const three = candidate('three');
  await eventually('three leads', () => three.election.leads());
  expect(performance.now() - before).toBeLessThan(2_500);
  expect(three.election.epoch()).toBe(3);
  expect((await holder()).renewTime).toMatch(/\.\d{6}Z$/);
  await three.election.stop();
});

test('a Lease that is deleted ends the leadership', async () => {
  const one = candidate('deleted');
  await eventually('it leads', () => one.election.leads());
  await kubectl(cluster, ['delete', 'lease', 'sluice', '-n', namespace]);
  await eventually('it is told', () => one.told.length === 2);
  expect(one.told[1]).toBe('the Lease was deleted');
  await one.election.stop();
});
