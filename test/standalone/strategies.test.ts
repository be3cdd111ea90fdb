import { setTimeout as delay } from 'node:timers/promises';
import type { Rollout } from '../../src/api/rollout.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { eventually } from '../eventually.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage(
    [
      { match: { text: 'bad' }, errors: 0.5, answer: 'Hello' },
      { match: {}, answer: 'Hello' },
    ],
    {},
  );
});
afterEach(() => stage.stop());

const shares = ({ traffic = [] }: ReleaseStatus) => traffic.map(({ weight }) => weight);

/** What callers got within this time, by revision. */
async function servedWithin(ms: number): Promise<Record<string, number>> {
  const callers = stage.call('triage', 40);
  await delay(ms);
  await callers.stop();
  expect(callers.errors()).toEqual([]);
  return callers.counts().byRevision;
}

describe('the bake', () => {
  const rollout: Rollout = {
    steps: [{ weight: 50, minDuration: '2s', minCalls: 20 }],
    bake: { duration: '5m', holdback: 20 },
  };

  test('a candidate that goes bad in it is taken back', async () => {
    stage.call('triage', 40);
    await stage.release('triage', 'fine for now', { rollout });
    expect(shares(await stage.until('triage', ({ phase }) => phase === 'Baking'))).toEqual([20, 80]);
    stage.simulator.setRules([
      { match: { text: 'fine for now' }, errors: 0.5, answer: 'Hello' },
      { match: {}, answer: 'Hello' },
    ]);
    const status = await stage.until('triage', ({ phase }) => phase === 'RolledBack');
    expect(status.rollback).toMatchObject({ guardrail: 'errors' });
    expect(shares(status)).toEqual([100]);
  }, 90_000);
});

describe('an A/B test', () => {
  test('says how far apart the arms are, ends at its deadline, and is promoted after it', async () => {
    stage.call('triage', 40);
    const rollout: Rollout = { strategy: 'ABTest', deadline: '12s' };
    await stage.release('triage', 'good two', { rollout });
    const measured = await stage.until('triage', ({ guardrails = [] }) =>
      guardrails.some(({ difference }) => difference !== undefined),
    );
    expect(shares(measured)).toEqual([50, 50]);
    expect(measured.guardrails?.find(({ name }) => name === 'errors')?.difference).toMatchObject({
      value: '+0 points',
    });
    const ended = await stage.until('triage', ({ phase }) => phase === 'Paused');
    expect(shares(ended)).toEqual([100]);
    expect(ended.message).toContain('the A/B test ended after 12s');
    expect(ended.guardrails?.some(({ difference }) => difference !== undefined)).toBe(true);
    // A gateway serves it some moments after the status says so.
    const servesAlone = async () => Object.keys(await servedWithin(200)).join() === ended.stableRevision;
    await eventually('stable serves alone', servesAlone);
    expect(Object.keys(await servedWithin(2_000))).toEqual([ended.stableRevision]);

    const annotations = { 'sluice.dev/promote': ended.candidateRevision! };
    await stage.release('triage', 'good two', { rollout, annotations });
    const promoted = await stage.until('triage', ({ phase }) => phase === 'Healthy');
    expect(promoted.stableRevision).toBe(ended.candidateRevision);
  }, 120_000);
});

describe('a shadow', () => {
  const rollout: Rollout = { strategy: 'Shadow', steps: [{ weight: 50, minDuration: '3s', minCalls: 20 }] };

  test('that is bad is taken back, and no caller has seen it', async () => {
    const callers = stage.call('triage', 40);
    await stage.release('triage', 'bad', { rollout });
    const status = await stage.until('triage', ({ phase }) => phase === 'RolledBack');
    expect(status.rollback?.reason).toMatch(
      /^\d+ of \d+ failed, stable 0 of \d+; of copies only, it served nobody$/,
    );
    expect(status.shadow).toBeUndefined();
    await callers.stop();
    expect(callers.errors()).toEqual([]);
    expect(Object.keys(callers.counts().byRevision)).toEqual([status.stableRevision]);
  }, 90_000);

  test('that is good waits for a promote, and serves then', async () => {
    stage.call('triage', 40);
    await stage.release('triage', 'good two', { rollout });
    const waiting = await stage.until('triage', ({ phase }) => phase === 'Paused');
    expect(waiting).toMatchObject({ shadow: { weight: 50 } });
    expect(shares(waiting)).toEqual([100]);
    expect(waiting.step?.calls).toBeGreaterThanOrEqual(20);
    const annotations = { 'sluice.dev/promote': waiting.candidateRevision! };
    await stage.release('triage', 'good two', { rollout, annotations });
    const promoted = await stage.until('triage', ({ phase }) => phase === 'Healthy');
    expect(promoted.stableRevision).toBe(waiting.candidateRevision);
    expect(promoted.shadow).toBeUndefined();
  }, 90_000);
});
