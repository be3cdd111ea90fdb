import { request } from 'undici';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { release, type Stage, startStage } from './stage.ts';
import { pidsOf } from './workers.ts';

let stage: Stage;
beforeAll(async () => {
  const rules = [
    { match: { text: 'dead' }, errors: 1, answer: 'Hello' },
    { match: {}, answer: 'Hello' },
  ];
  stage = await startStage(await sharedControlPlane(), rules, [], ['--workers', '2']);
}, 120_000);
afterAll(() => stage?.stop());

test('a gateway of two workers serves rollouts, through the death of one of them', async () => {
  await stage.apply(release('triage', 'good one'));
  const first = await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('triage', 20);
  await eventually('both serve', () => pidsOf(stage.gateway).size === 2);

  await stage.apply(release('triage', 'good two'));
  await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Progressing');
  const killed = pidsOf(stage.gateway).get(1)!;
  process.kill(killed, 'SIGKILL');
  await eventually('another serves', () => pidsOf(stage.gateway).get(1) !== killed);
  const promoted = await stage.until(
    'prel',
    'triage',
    ({ status }) => status?.phase === 'Healthy' && status.stableRevision !== first.status?.stableRevision,
  );
  expect(callers.counts().failed).toBeLessThan(10);
  expect(callers.counts().byRevision[String(promoted.status?.stableRevision)]).toBeGreaterThan(0);
  const { body } = await request(`${stage.gatewayAdminUrl}/evidence`);
  const readings = (await body.json()) as { replica: string }[];
  expect(readings.map(({ replica }) => replica).sort()).toEqual(['gateway-0/1', 'gateway-0/2']);

  await stage.apply(release('triage', 'dead one'));
  const reverted = await stage.until('prel', 'triage', ({ status }) => status?.phase === 'RolledBack');
  expect(reverted.status).toMatchObject({
    stableRevision: promoted.status?.stableRevision,
    rollback: { guardrail: 'errors' },
  });
}, 180_000);
