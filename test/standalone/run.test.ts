import { readFile, writeFile } from 'node:fs/promises';
import { eventually } from '../eventually.ts';
import { type Stage, startStage } from './stage.ts';

const STEPS = [
  { weight: 20, minDuration: '4s', minCalls: 20 },
  { weight: 50, minDuration: '4s', minCalls: 20 },
];
const rules = (errors = 0) => [
  { match: { text: 'bad' }, errors: 0.2, answer: 'Hello' },
  { match: {}, errors, answer: 'Hello' },
];

let stage: Stage;
beforeEach(async () => {
  stage = await startStage(rules(), { steps: STEPS });
});
afterEach(() => stage.stop());

test('saving a file is applying it: a good release is promoted, a bad one is taken back, the file stays as it is', async () => {
  stage.call('triage', 40);
  await stage.release('triage', 'good two');
  const { stableRevision } = await stage.until(
    'triage',
    ({ phase, attempt }) => phase === 'Healthy' && attempt === 2,
  );
  await stage.release('triage', 'bad');
  const status = await stage.until('triage', ({ rollback }) => rollback?.servedAt !== undefined);
  expect(status).toMatchObject({
    phase: 'RolledBack',
    stableRevision,
    rollback: { guardrail: 'errors', mode: 'Pin' },
  });
  expect(await readFile(stage.path('manifests', 'triage.yaml'), 'utf8')).toContain('content: bad');

  await stage.release('triage', 'bad', { annotations: { 'sluice.dev/retry': 'true' } });
  await stage.until('triage', ({ candidateRevision }) => candidateRevision === status.rollback?.from);
}, 120_000);

test('killed in mid-rollout and started again, it comes to the same end', async () => {
  const steps = [{ weight: 40, minDuration: '12s', minCalls: 20 }];
  const callers = stage.call('triage', 40);
  await stage.release('triage', 'good two', { rollout: { steps } });
  await stage.until('triage', ({ step }) => (step?.elapsedMs ?? 0) > 0);
  await callers.stop();
  await stage.sluice().kill('SIGKILL');
  await stage.start();
  stage.call('triage', 40);
  const status = await stage.until('triage', ({ candidateRevision }) => candidateRevision === undefined);
  expect(status).toMatchObject({
    phase: 'Healthy',
    attempt: 2,
    history: [{ outcome: 'Promoted' }, { outcome: 'Promoted' }],
  });
}, 90_000);

test('started again, it still takes feedback for a call of before', async () => {
  const answer = await fetch(`${stage.url()}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  const call = answer.headers.get('x-sluice-call');
  const key = await readFile(stage.path('state', 'feedback.key'), 'utf8');
  const before = stage.sluice().output();
  await stage.sluice().kill('SIGTERM');
  await stage.start();
  const give = () =>
    fetch(`${stage.url()}/v1/feedback`, { method: 'POST', body: JSON.stringify({ call, thumb: 'down' }) });
  await eventually('taken', async () => (await give()).status === 204);
  expect((await give()).status).toBe(409);
  expect(before + stage.sluice().output()).not.toContain(key);
}, 60_000);

test('a manifest that breaks keeps everything serving, and says where it is broken', async () => {
  await stage.release('other', 'good');
  await stage.until('other', ({ phase }) => phase === 'Healthy');
  const callers = stage.call('triage', 20);
  await writeFile(stage.path('manifests', 'triage.yaml'), 'kind: PromptRelease\nspec: [unclosed\n');
  const broken = await stage.until('triage', ({ phase }) => phase === 'Invalid');
  expect(broken.message).toContain('triage.yaml');
  await stage.release('other', 'good two', {
    rollout: { steps: [{ weight: 50, minDuration: '1s', minCalls: 0 }] },
  });
  await stage.until('other', ({ attempt, phase }) => attempt === 2 && phase === 'Healthy');
  await stage.release('triage', 'good');
  await stage.until('triage', ({ phase }) => phase === 'Healthy');
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 90_000);

test('an incident that hits both revisions alike takes nothing back', async () => {
  stage.call('triage', 50);
  await stage.release('triage', 'good two', {
    rollout: { steps: [{ weight: 30, minDuration: '15s', minCalls: 150 }] },
  });
  await stage.until('triage', ({ step }) => (step?.calls ?? 0) > 30);
  stage.simulator.setRules(rules(0.06));
  const status = await stage.until('triage', ({ candidateRevision }) => candidateRevision === undefined);
  expect(status.history?.[0]?.outcome).toBe('Promoted');
}, 90_000);
