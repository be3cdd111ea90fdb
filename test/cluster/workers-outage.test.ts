import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { release, type Stage, startStage } from './stage.ts';
import { pidsOf } from './workers.ts';

let cluster: ControlPlane;
let stage: Stage;
beforeAll(async () => {
  cluster = await startControlPlane();
  await cluster.installCRDs();
  stage = await startStage(cluster, [{ match: {}, answer: 'Hello' }], [], ['--workers', '2']);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await cluster?.stop();
});

test('with the API server away a worker that dies gets no call until it can serve, and the other serves all', async () => {
  await stage.apply(release('triage', 'good one'));
  await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
  await eventually('both serve', () => pidsOf(stage.gateway).size === 2);
  await cluster.stopApiServer();
  const killed = pidsOf(stage.gateway).get(1)!;
  process.kill(killed, 'SIGKILL');
  await stage.gateway.logged(({ msg }) => msg?.startsWith('a worker has ended') ?? false);

  const callers = stage.call(`${stage.namespace}/triage`, 40);
  await eventually('many calls', () => callers.counts().answered > 200);
  await callers.stop();
  expect(callers.errors()).toEqual([]);
  expect(pidsOf(stage.gateway).get(1)).toBe(killed);

  await cluster.startApiServer();
  await eventually('another serves', () => pidsOf(stage.gateway).get(1) !== killed, 40_000);
}, 120_000);
