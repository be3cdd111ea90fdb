import type { Guardrail } from '../../src/api/guardrail.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage(
    [
      { match: { text: 'wordy' }, answer: 'word '.repeat(60) },
      { match: { text: 'dear' }, answer: 'word '.repeat(20), usage: { multiplier: 3 } },
      { match: {}, answer: 'word '.repeat(20) },
    ],
    watched(),
  );
});
afterEach(() => stage.stop());

/** Half of the calls to the candidate, for longer than any of these tests takes. */
function watched(guardrails?: Guardrail[]): Rollout {
  return { steps: [{ weight: 50, minDuration: '10m' }], ...(guardrails && { guardrails }) };
}

const takenBack = () => stage.until('triage', ({ rollback }) => rollback !== undefined, 90_000);

/** Gives feedback for each answer, by whether the candidate gave it; what comes back stops it and tells how it was taken. */
function give(feedback: (byCandidate: boolean) => object): () => Promise<Set<number>> {
  const given: Promise<Response>[] = [];
  let stable: string | undefined;
  const callers = stage.call('triage', 20, (headers) => {
    const revision = headers.get('x-sluice-revision')!;
    stable ??= revision;
    const body = JSON.stringify({ call: headers.get('x-sluice-call'), ...feedback(revision !== stable) });
    given.push(fetch(`${stage.url()}/v1/feedback`, { method: 'POST', body }));
  });
  return async () => {
    await callers.stop();
    return new Set((await Promise.all(given)).map(({ status }) => status));
  };
}

test('a candidate that answers with three times the tokens is taken back, without one error', async () => {
  stage.call('triage', 20);
  await stage.release('triage', 'wordy');
  const { rollback } = await takenBack();
  expect(rollback).toMatchObject({ guardrail: 'tokens' });
  expect(rollback?.reason).toMatch(
    /^typically answered with \S+ tokens over \d+, stable \S+ tokens over \d+$/,
  );
  expect(rollback?.proof).toMatch(/^evidence \S+, \d+ needed at a risk of 5%$/);
}, 120_000);

test('a candidate that costs three times as much is taken back, once it has had a minute to warm up', async () => {
  stage.call('triage', 20);
  await stage.release('triage', 'dear', {
    rollout: watched([{ name: 'cost', metric: 'CostPerCall' }]),
  });
  const { rollback, history } = await takenBack();
  expect(rollback?.reason).toMatch(/^typically cost \$0\.0\S+ over \d+, stable \$0\.0\S+ over \d+$/);
  const [begun, ended] = [history![0]!.startedAt, history![0]!.finishedAt].map((at) => Date.parse(at));
  expect(ended! - begun!).toBeGreaterThan(55_000);
}, 150_000);

test('thumbs that point down take a candidate back', async () => {
  const stop = give((byCandidate) => ({ thumb: byCandidate ? 'down' : 'up' }));
  await stage.release('triage', 'good two', {
    rollout: watched([{ name: 'thumbs', metric: 'NegativeFeedbackRate' }]),
  });
  const { rollback } = await takenBack();
  expect(rollback).toMatchObject({ guardrail: 'thumbs' });
  expect(rollback?.reason).toMatch(/^\d+ of \d+ got a thumbs-down, stable 0 of \d+$/);
  expect(await stop()).toEqual(new Set([204]));
}, 120_000);

test('scores given to its answers take a candidate back', async () => {
  const stop = give((byCandidate) => ({ score: byCandidate ? 0.6 : 0.9 }));
  await stage.release('triage', 'good two', {
    rollout: watched([{ name: 'quality', metric: 'EvalScore' }]),
  });
  const { rollback } = await takenBack();
  expect(rollback?.reason).toMatch(/^scored 0\.6 over \d+, stable 0\.9 over \d+$/);
  expect(await stop()).toEqual(new Set([204]));
}, 120_000);

test('a guardrail that is asked for and has no data holds, and says so', async () => {
  stage.call('triage', 40);
  await stage.release('triage', 'good two', {
    rollout: {
      steps: [{ weight: 50, minDuration: '2s', minCalls: 20 }],
      guardrails: [{ name: 'thumbs', metric: 'NegativeFeedbackRate' }],
    },
  });
  const { phase, message } = await stage.until('triage', (status) => /no data/.test(status.message ?? ''));
  expect(phase).toBe('Progressing');
  expect(message).toContain('guardrail thumbs has no data: holds until it has');
}, 90_000);
