import { eventually } from '../eventually.ts';
import { type Callers, startCallers } from '../processes/callers.ts';
import { startWorkers, type WorkersStage } from './stage.ts';

let stage: WorkersStage;
let callers: Callers | undefined;
afterEach(async () => {
  await callers?.stop();
  await stage?.stop();
  stage = undefined as never;
});

const release = (content: string) => ({
  routeRef: { name: 'fast' },
  prompt: { messages: [{ role: 'system', content }] },
  rollout: {
    steps: [
      { weight: 30, minDuration: '3s', minCalls: 30 },
      { weight: 60, minDuration: '3s', minCalls: 30 },
    ],
  },
});
const status = () => stage.get('PromptRelease', 'triage')!.status as Record<string, unknown>;

test('a good candidate is promoted though a worker is killed meanwhile; a bad one is taken back, once', async () => {
  stage = await startWorkers([
    { match: { text: 'BROKEN' }, errors: 1, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
  await stage.serve({ release: release('You sort tickets.') });
  const before = status().stableRevision;
  callers = startCallers(stage.url, 'support/triage', 60);
  stage.put('PromptRelease', 'triage', release('You sort tickets, in one word.'));
  await eventually('the rollout is under way', () => status().phase === 'Progressing');
  const killed = stage.pids().get(2)!;
  process.kill(killed, 'SIGKILL');
  await eventually('another serves', () => stage.pids().get(2) !== killed);
  await eventually(
    'it is promoted',
    () => status().phase === 'Healthy' && status().stableRevision !== before,
    40_000,
  );
  const promoted = status().stableRevision;
  // Calls that the dead worker had under way broke off; they are charged to nobody.
  expect(callers.counts().failed).toBeLessThan(20);

  stage.put('PromptRelease', 'triage', release('BROKEN'));
  await eventually('it is taken back', () => status().phase === 'RolledBack', 40_000);
  expect(status()).toMatchObject({ stableRevision: promoted, rollback: { guardrail: 'errors' } });
  expect(status().quarantined).toHaveLength(1);
}, 120_000);
