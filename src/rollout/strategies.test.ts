import { condition, judgement, underWay, weights } from '../../test/controllers/planned.ts';
import type { Rollout } from '../api/rollout.ts';
import type { PlanInput } from './pass.ts';
import { settingsOf } from './settings.ts';

const rollback = { guardrail: 'errors', reason: '7 of 31 failed, stable 4 of 590', badCalls: 7 };
const hour = 3_600_000;

const begun = (rollout: Rollout) => underWay({ settings: settingsOf(rollout) });

describe('an A/B test', () => {
  const test50 = (over: Rollout = {}) => begun({ strategy: 'ABTest', deadline: '2h', ...over });

  test('splits by the first weight of its steps, or in halves, as one step', () => {
    expect(weights(test50().status())).toEqual(['r-a 50', 'r-b 50']);
    const steps = [{ pause: {} }, { weight: 20 }, { weight: 90 }];
    expect(weights(test50({ steps }).status())).toEqual(['r-a 80', 'r-b 20']);
    expect(test50({ steps }).status().step).toMatchObject({ progress: '1/1', weight: 20 });
  });

  test('never goes on by itself, and says how it ends', () => {
    const it = test50();
    it.pass({ evidence: judgement({ proven: true, stepCalls: 1_000_000 }) }, hour);
    expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 0 } });
    expect(it.status().message).toBe(
      'A/B test: 50 % for 1h, 1000000 calls (280/s), no guardrail failing; ends with its deadline in 1h, or by promote or abort',
    );
  });

  test('is taken back by a guardrail, and paused by one', () => {
    const failing = test50();
    failing.pass({ evidence: judgement({ rollback }) });
    expect(failing.status()).toMatchObject({ phase: 'RolledBack', rollback: { guardrail: 'errors' } });
    const paused = test50();
    paused.pass({ evidence: judgement({ pause: rollback }) });
    expect(paused.status().phase).toBe('Paused');
    expect(weights(paused.status())).toEqual(['r-a 50', 'r-b 50']);
  });

  test('has the candidate serve all after a promote', () => {
    const it = test50();
    it.pass({ evidence: judgement(), verbs: { promote: 'r-b' } });
    expect(it.status()).toMatchObject({ phase: 'Healthy', stableRevision: 'r-b' });
  });

  test('ends at its deadline with stable serving all, and waits for a person without a look or a write', () => {
    const it = test50();
    const guardrails = [{ name: 'errors', verdict: 'Inconclusive' as const }];
    const { events } = it.pass({ evidence: judgement({ guardrails }) }, 2 * hour);
    expect(it.status()).toMatchObject({ phase: 'Paused', candidateRevision: 'r-b', guardrails });
    expect(weights(it.status())).toEqual(['r-a 100']);
    expect(it.status().message).toBe(
      'the A/B test ended after 2h and r-a serves all calls; what was found is in status.guardrails; promote r-b to let it serve, or abort',
    );
    expect(events.map(({ reason }) => reason)).toEqual(['Ended']);

    const before = structuredClone(it.status());
    const later = it.pass({ evidence: undefined as never }, hour);
    expect(later.status).toEqual(before);
    expect(later.events).toEqual([]);
    expect(later.requeueAfterMs).toBeUndefined();
  });

  test.each([
    ['promote', { phase: 'Healthy', stableRevision: 'r-b' }],
    ['promote-full', { phase: 'Healthy', stableRevision: 'r-b' }],
    ['abort', { phase: 'RolledBack', stableRevision: 'r-a' }],
  ] as const)('after its deadline %s still works', (verb, expected) => {
    const it = test50();
    it.pass({ evidence: judgement() }, 2 * hour);
    it.pass({ verbs: { [verb]: 'r-b' } });
    expect(it.status()).toMatchObject(expected);
    expect(it.status().candidateRevision).toBeUndefined();
  });

  test.each([
    ['Promote', { phase: 'Healthy', stableRevision: 'r-b' }],
    ['Rollback', { phase: 'RolledBack', stableRevision: 'r-a' }],
  ] as const)('at its deadline does what %s says', (onInconclusive, expected) => {
    const it = test50({ onInconclusive });
    it.pass({ evidence: judgement() }, 2 * hour);
    expect(it.status()).toMatchObject(expected);
  });

  test('a newer spec takes its place, also after it has ended', () => {
    const it = test50();
    it.pass({ evidence: judgement() }, 2 * hour);
    it.pass({ wanted: { revision: 'r-c' }, generation: 3 });
    expect(weights(it.status())).toEqual(['r-a 50', 'r-c 50']);
  });
});

describe('a shadow', () => {
  const steps = [
    { weight: 10, minDuration: '10s', minCalls: 5 },
    { weight: 40, minDuration: '10s', minCalls: 5 },
  ];
  const shadow = (over: Rollout = {}) => begun({ strategy: 'Shadow', steps, deadline: '2h', ...over });

  test('answers copies by its steps and serves nobody', () => {
    const it = shadow();
    expect(weights(it.status())).toEqual(['r-a 100']);
    expect(it.status().shadow).toEqual({ revision: 'r-b', weight: 10 });
    it.pass({ evidence: judgement() }, 10_000);
    expect(weights(it.status())).toEqual(['r-a 100']);
    expect(it.status().shadow).toEqual({ revision: 'r-b', weight: 40 });
    expect(it.status().message).toBe('r-b goes to copies of 40 % (step 2 of 2)');
  });

  test('waits at its end for a person, copying and judging on', () => {
    const it = shadow();
    for (let step = 0; step < 3; step++) it.pass({ evidence: judgement({ proven: true }) }, 10_000);
    expect(it.status()).toMatchObject({ phase: 'Paused', shadow: { weight: 40 } });
    expect(it.status().message).toContain('has answered copies only; promote to let it serve, or abort');
    it.pass({ evidence: judgement({ rollback }) });
    expect(it.status().rollback?.reason).toBe(
      '7 of 31 failed, stable 4 of 590; of copies only, it served nobody',
    );
    expect(it.status().shadow).toBeUndefined();
  });

  test('promote goes to the next step, and from the last one to all calls', () => {
    const it = shadow();
    it.pass({ evidence: judgement(), verbs: { promote: 'r-b' } });
    expect(it.status().shadow?.weight).toBe(40);
    it.pass({ verbs: {} });
    it.pass({ evidence: judgement(), verbs: { promote: 'r-b' } });
    expect(weights(it.status())).toEqual(['r-b 100']);
    expect(it.status().shadow).toBeUndefined();
  });

  test('stops copying at its deadline, unless something else is asked for', () => {
    const it = shadow();
    it.pass({ evidence: judgement() }, 2 * hour);
    expect(it.status()).toMatchObject({ phase: 'Paused', candidateRevision: 'r-b' });
    expect(it.status().shadow).toBeUndefined();
    expect(it.status().message).toContain('answering copies ended after 2h');
    it.pass({ verbs: { promote: 'r-b' } });
    expect(it.status().stableRevision).toBe('r-b');
  });

  test('goes with what it belonged to', () => {
    const withdrawn = shadow();
    withdrawn.pass({ wanted: { revision: 'r-a' } });
    expect(withdrawn.status().shadow).toBeUndefined();
    const newer = shadow();
    newer.pass({ wanted: { revision: 'r-c' }, generation: 3 });
    expect(newer.status().shadow?.revision).toBe('r-c');
    const broken = shadow();
    broken.pass({ wanted: { problem: { reason: 'InvalidPrompt', field: 'spec.prompt', message: 'no' } } });
    expect(broken.status().shadow).toBeUndefined();
  });

  test('a strategy that is changed under way applies at once', () => {
    const it = shadow();
    it.pass({ evidence: judgement(), settings: settingsOf({ steps }) });
    expect(weights(it.status())).toEqual(['r-a 90', 'r-b 10']);
    expect(it.status().shadow).toBeUndefined();
    it.pass({ evidence: judgement(), settings: settingsOf({ strategy: 'Shadow', steps }) });
    expect(weights(it.status())).toEqual(['r-a 100']);
  });
});

describe('the bake', () => {
  const baking = (over: Rollout = {}) => {
    const it = begun({
      steps: [{ weight: 50, minDuration: '10s', minCalls: 5 }],
      bake: { duration: '1m', holdback: 10 },
      ...over,
    });
    it.pass({ evidence: judgement() }, 10_000);
    return it;
  };

  test('keeps a share on stable, for its time', () => {
    const it = baking();
    expect(it.status()).toMatchObject({ phase: 'Baking', step: { index: 1, count: 2 } });
    expect(weights(it.status())).toEqual(['r-a 10', 'r-b 90']);
    it.pass({ evidence: judgement() }, 59_000);
    expect(it.status()).toMatchObject({
      phase: 'Baking',
      message: expect.stringContaining('1s left of this step'),
    });
    it.pass({ evidence: judgement() }, 1_000);
    expect(weights(it.status())).toEqual(['r-b 100']);
  });

  test('is rolled back out of', () => {
    const it = baking();
    it.pass({ evidence: judgement({ rollback }) }, 30_000);
    expect(it.status()).toMatchObject({ phase: 'RolledBack', stableRevision: 'r-a' });
    expect(weights(it.status())).toEqual(['r-a 100']);
  });

  test.each([
    ['in doubt', {}, judgement({ hold: 'errors' })],
    ['blind', {}, judgement({ blind: 'errors' })],
    ['without the proof that is asked for', { requireProof: true }, judgement({ proven: false })],
    ['without evidence', {}, { unknown: 'a gateway is gone' }],
  ] as const)('goes on while %s', (_, rollout, evidence) => {
    const it = baking(rollout);
    it.pass({ evidence } as Partial<PlanInput>, hour);
    expect(it.status().phase).toBe('Baking');
    expect(condition(it.status(), 'Ready')).toBe('False Baking');
  });

  test('ends by a promote', () => {
    const it = baking();
    it.pass({ evidence: judgement(), verbs: { promote: 'r-b' } });
    expect(weights(it.status())).toEqual(['r-b 100']);
  });
});
