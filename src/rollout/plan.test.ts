import { condition, judgement, release, STEPS, underWay, weights } from '../../test/controllers/planned.ts';
import { plan } from './plan.ts';
import { settingsOf } from './settings.ts';

test('the first revision ever serves at once', () => {
  const it = release();
  expect(it.pass().status).toMatchObject({
    phase: 'Healthy',
    stableRevision: 'r-a',
    traffic: [{ revision: 'r-a', weight: 100 }],
  });
  expect(condition(it.status(), 'Ready')).toBe('True Healthy');
});

test('at rest a pass changes nothing', () => {
  const it = release();
  const first = it.pass().status;
  const { status, events, requeueAfterMs } = it.pass({}, 3_600_000);
  expect(status).toEqual(first);
  expect(events).toEqual([]);
  expect(requeueAfterMs).toBeUndefined();
});

test('a new revision goes step by step, then serves everything', () => {
  const it = underWay();
  expect(weights(it.status())).toEqual(['r-a 95', 'r-b 5']);
  expect(condition(it.status(), 'Reconciling')).toBe('True Progressing');
  it.pass({ evidence: judgement() }, 9_000);
  expect(it.status().step?.index).toBe(0);
  it.pass({ evidence: judgement() }, 1_000);
  expect(weights(it.status())).toEqual(['r-a 50', 'r-b 50']);
  it.pass({ evidence: judgement() }, 10_000);
  expect(it.status()).toMatchObject({
    phase: 'Healthy',
    stableRevision: 'r-b',
    traffic: [{ revision: 'r-b', weight: 100 }],
  });
  expect(it.status().candidateRevision).toBeUndefined();
  expect(it.status().history?.[0]).toMatchObject({ revision: 'r-b', outcome: 'Promoted' });
});

test.each([
  ['too few calls', judgement({ stepCalls: 4 })],
  ['a guardrail in doubt', judgement({ hold: 'errors' })],
  ['no evidence', { unknown: 'gateway is gone' }],
])('does not advance with %s', (_why, evidence) => {
  const it = underWay();
  it.pass({ evidence }, 3_600_000);
  expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 0 } });
});

test('a proven regression takes the candidate back in one status', () => {
  const it = underWay();
  const rollback = { guardrail: 'refusals', reason: '7 of 31 refused, stable 4 of 590', badCalls: 7 };
  const { events } = it.pass({ evidence: judgement({ rollback }) });
  expect(it.status()).toMatchObject({
    phase: 'RolledBack',
    stableRevision: 'r-a',
    traffic: [{ revision: 'r-a', weight: 100 }],
    rollback: { from: 'r-b', to: 'r-a', guardrail: 'refusals', badCalls: 7, undo: 'undo r-b', mode: 'Pin' },
    quarantined: [{ revision: 'r-b' }],
  });
  expect(condition(it.status(), 'Ready')).toBe('False RolledBack');
  expect(condition(it.status(), 'Stalled')).toBe('True RolledBack');
  expect(condition(it.status(), 'Reconciling')).toBe('False RolledBack');
  expect(condition(it.status(), 'Available')).toBe('True Serving');
  expect(events.map(({ reason }) => reason)).toEqual(['RolledBack']);
});

describe('after a rollback', () => {
  const rollback = { guardrail: 'errors', reason: 'bad', badCalls: 3 };

  test('the quarantined revision stays out when it is applied again', () => {
    const it = underWay();
    it.pass({ evidence: judgement({ rollback }) });
    it.pass({ generation: 3 });
    expect(condition(it.status(), 'Stalled')).toBe('True RevisionQuarantined');
    expect(weights(it.status())).toEqual(['r-a 100']);
  });

  test('the stable content is healthy at once', () => {
    const it = underWay();
    it.pass({ evidence: judgement({ rollback }) });
    it.pass({ generation: 3, wanted: { revision: 'r-a' } });
    expect(it.status().phase).toBe('Healthy');
    expect(it.status().quarantined).toHaveLength(1);
  });

  test('a changed retryToken lets it in, the same one does not', () => {
    const it = underWay({ settings: { ...settingsOf({ steps: STEPS }), retryToken: 'one' } });
    it.pass({ evidence: judgement({ rollback }) });
    it.pass({ generation: 3 });
    expect(it.status().candidateRevision).toBeUndefined();
    it.pass({ generation: 4, settings: { ...settingsOf({ steps: STEPS }), retryToken: 'two' } });
    expect(it.status()).toMatchObject({ candidateRevision: 'r-b', attempt: 3, phase: 'Progressing' });
  });

  test('RevertSpec asks for the spec once and stays RolledBack until the spec changes', () => {
    const it = underWay({ rollbackMode: 'RevertSpec' });
    expect(it.pass({ evidence: judgement({ rollback }) }).restoreSpec).toBe('r-a');
    expect(it.pass().restoreSpec).toBe('r-a');
    const reverted = it.pass({ generation: 3, wanted: { revision: 'r-a' } });
    expect(reverted.restoreSpec).toBeUndefined();
    expect(reverted.status).toMatchObject({ phase: 'RolledBack', rollback: { revertedGeneration: 3 } });
    const again = it.pass({ generation: 4, wanted: { revision: 'r-b' } });
    expect(again.restoreSpec).toBeUndefined();
    expect(condition(again.status, 'Stalled')).toBe('True RevisionQuarantined');
  });

  test('retry of a reverted revision puts it back into the spec', () => {
    const it = underWay({ rollbackMode: 'RevertSpec' });
    it.pass({ evidence: judgement({ rollback }) });
    it.pass({ generation: 3, wanted: { revision: 'r-a' } });
    const { restoreSpec, clear } = it.pass({ verbs: { retry: 'r-b' } });
    expect([restoreSpec, clear]).toEqual(['r-b', ['retry']]);
    it.pass({ generation: 4, wanted: { revision: 'r-b' } });
    expect(it.status()).toMatchObject({ candidateRevision: 'r-b', phase: 'Progressing' });
  });

  test('a retry whose spec was not written yet asks for it again, unless the spec has changed', () => {
    const it = underWay({ rollbackMode: 'RevertSpec' });
    it.pass({ evidence: judgement({ rollback }) });
    it.pass({ generation: 3, wanted: { revision: 'r-a' } });
    it.pass({ verbs: { retry: 'r-b' } });
    expect(it.pass({ verbs: { retry: 'r-b' } }).restoreSpec).toBe('r-b');
    const changed = it.pass({ verbs: { retry: 'r-b' }, generation: 4, wanted: { revision: 'r-c' } });
    expect(changed.restoreSpec).toBeUndefined();
    expect(changed.status.candidateRevision).toBe('r-c');
  });

  test('gateways confirm it, once', () => {
    const it = underWay();
    it.pass({ evidence: judgement({ rollback }) });
    expect(it.pass().requeueAfterMs).toBeDefined();
    it.pass({ servedEverywhere: true });
    const servedAt = it.status().rollback?.servedAt;
    expect(servedAt).toBeDefined();
    expect(it.pass({ servedEverywhere: true }).requeueAfterMs).toBeUndefined();
    expect(it.status().rollback?.servedAt).toBe(servedAt);
  });
});

test('ten revisions are quarantined at most, the newest first', () => {
  const it = release();
  it.pass();
  for (let n = 0; n < 12; n++) {
    it.pass({ wanted: { revision: `r-${n}` }, generation: 2 + n });
    it.pass({ evidence: judgement({ rollback: { guardrail: 'errors', reason: 'bad', badCalls: 1 } }) });
  }
  expect(it.status().quarantined?.map(({ revision }) => revision)).toEqual(
    Array.from({ length: 10 }, (_, at) => `r-${11 - at}`),
  );
});

test('a newer spec replaces the candidate from the first step', () => {
  const it = underWay();
  it.pass({ evidence: judgement() }, 10_000);
  it.pass({ wanted: { revision: 'r-c' }, generation: 3 });
  expect(it.status()).toMatchObject({ candidateRevision: 'r-c', step: { index: 0, weight: 5 }, attempt: 3 });
  expect(it.status().evidence).toBeUndefined();
  expect(it.status().history?.[0]).toMatchObject({ revision: 'r-b', outcome: 'Superseded' });
});

test('the stable spec again ends the rollout', () => {
  const it = underWay();
  it.pass({ wanted: { revision: 'r-a' }, generation: 3 });
  expect(it.status()).toMatchObject({ phase: 'Healthy', traffic: [{ revision: 'r-a', weight: 100 }] });
  expect(it.status().history?.[0]).toMatchObject({ revision: 'r-b', outcome: 'Withdrawn' });
});

test('a spec that cannot be served stalls, and stable goes on serving', () => {
  const it = underWay();
  const problem = {
    reason: 'RouteNotFound',
    field: 'spec.routeRef.name',
    message: 'ModelRoute "x" does not exist',
  };
  it.pass({ wanted: { problem }, generation: 3 });
  expect(it.status()).toMatchObject({
    phase: 'Invalid',
    stableRevision: 'r-a',
    traffic: [{ revision: 'r-a', weight: 100 }],
  });
  expect(condition(it.status(), 'Stalled')).toBe('True RouteNotFound');
  expect(it.status().message).toContain('spec.routeRef.name: ModelRoute "x" does not exist');
});

describe('verbs', () => {
  test('who asked and why is kept, told and part of the reason of an abort', () => {
    const it = underWay();
    const asked = { by: 'jane', reason: 'too chatty' };
    const { events } = it.pass({ verbs: { abort: 'r-b' }, asked, evidence: judgement() });
    expect(it.status()).toMatchObject({
      lastAction: { verb: 'abort', value: 'r-b', ...asked },
      rollback: { reason: 'aborted by jane: too chatty' },
      quarantined: [{ revision: 'r-b', reason: 'aborted by jane: too chatty' }],
    });
    expect(events.map(({ message }) => message)).toContain('abort by jane: too chatty: r-b was taken back');
  });

  test.each([
    [{}, 'aborted by annotation'],
    [{ by: 'jane' }, 'aborted by jane'],
    [{ reason: 'too chatty' }, 'aborted by annotation: too chatty'],
  ])('%j is told as %s', (asked, reason) => {
    const it = underWay();
    it.pass({ verbs: { abort: '' }, asked, evidence: judgement() });
    expect(it.status().rollback?.reason).toBe(reason);
  });

  test('promote goes to the next step, once for each time it is set', () => {
    const it = underWay();
    const first = it.pass({ verbs: { promote: 'r-b' }, evidence: judgement() });
    expect(first.clear).toEqual(['promote']);
    expect(it.status().step?.index).toBe(1);
    it.pass({ verbs: { promote: 'r-b' } });
    expect(it.status().step?.index).toBe(1);
    it.pass();
    it.pass({ verbs: { promote: 'r-b' } });
    expect(it.status()).toMatchObject({ stableRevision: 'r-b', phase: 'Healthy' });
  });

  test('promote of another revision does nothing and says so', () => {
    const it = underWay();
    it.pass({ verbs: { promote: 'r-x' }, evidence: judgement() });
    expect(it.status().step?.index).toBe(0);
    expect(it.status().lastAction?.result).toContain('r-b');
  });

  test('promote-full serves everything', () => {
    const it = underWay();
    it.pass({ verbs: { 'promote-full': 'true' }, evidence: { unknown: 'gone' } });
    expect(it.status().stableRevision).toBe('r-b');
  });

  test('abort wins over promote', () => {
    const it = underWay();
    const { clear } = it.pass({ verbs: { promote: 'r-b', abort: '' }, evidence: judgement() });
    expect(it.status()).toMatchObject({
      phase: 'RolledBack',
      stableRevision: 'r-a',
      lastAction: { verb: 'abort' },
    });
    expect(it.status().history?.[0]?.outcome).toBe('Aborted');
    expect(clear).toEqual(['abort', 'promote']);
  });

  test('rollback-to serves an earlier revision and keeps the later one out', () => {
    const it = underWay();
    it.pass({ verbs: { 'promote-full': '' } });
    it.pass();
    it.pass({ verbs: { 'rollback-to': 'r-a' } });
    expect(it.status()).toMatchObject({
      phase: 'RolledBack',
      stableRevision: 'r-a',
      rollback: { from: 'r-b', to: 'r-a' },
    });
    expect(weights(it.status())).toEqual(['r-a 100']);
  });

  test('a rollback in the pass of a promote is a rollback', () => {
    const it = underWay();
    it.pass({
      verbs: { promote: '' },
      evidence: judgement({ rollback: { guardrail: 'errors', reason: 'bad', badCalls: 1 } }),
    });
    expect(it.status().phase).toBe('RolledBack');
  });
});

describe('waiting', () => {
  test('paused holds the weight; a failing guardrail still rolls back', () => {
    const it = underWay();
    it.pass({ settings: { ...settingsOf({ steps: STEPS }), paused: true }, evidence: judgement() }, 60_000);
    expect(it.status()).toMatchObject({ phase: 'Paused', step: { index: 0 } });
    it.pass({ evidence: judgement({ rollback: { guardrail: 'errors', reason: 'bad', badCalls: 1 } }) });
    expect(it.status().phase).toBe('RolledBack');
  });

  test('a pause without a duration waits for a promote, at the weight before it', () => {
    const it = underWay({ settings: settingsOf({ steps: [STEPS[0]!, { pause: {} }, STEPS[1]!] }) });
    it.pass({ evidence: judgement() }, 10_000);
    expect(it.status()).toMatchObject({ phase: 'Paused', step: { index: 1, weight: 5 } });
    it.pass({ evidence: judgement() }, 3_600_000);
    expect(it.status().step?.index).toBe(1);
    it.pass({ verbs: { promote: '' }, evidence: judgement() });
    expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 2, weight: 50 } });
  });

  test('a pause guardrail pauses', () => {
    const it = underWay();
    const pause = { guardrail: 'refusals', reason: 'many', badCalls: 9 };
    const { events } = it.pass({ evidence: judgement({ pause }) }, 60_000);
    expect(it.status()).toMatchObject({ phase: 'Paused', step: { index: 0 } });
    expect(events[0]?.reason).toBe('GuardrailFailed');
  });

  test.each([
    ['Hold', { phase: 'Paused', stableRevision: 'r-a', candidateRevision: 'r-b' }],
    ['Promote', { phase: 'Healthy', stableRevision: 'r-b' }],
    ['Rollback', { phase: 'RolledBack', stableRevision: 'r-a' }],
  ] as const)('at the deadline: %s', (onInconclusive, expected) => {
    const it = underWay({ settings: settingsOf({ steps: STEPS, deadline: '1h', onInconclusive }) });
    it.pass({ evidence: judgement({ stepCalls: 0 }) }, 3_600_000);
    expect(it.status()).toMatchObject(expected);
  });

  test('requireProof holds the last step until the candidate is shown to be no worse', () => {
    const it = underWay({ settings: settingsOf({ steps: [STEPS[0]!], requireProof: true }) });
    it.pass({ evidence: judgement() }, 60_000);
    expect(it.status().phase).toBe('Progressing');
    it.pass({ evidence: judgement({ proven: true }) });
    expect(it.status().phase).toBe('Healthy');
  });

  test('a bake holds a share back on stable, then promotes', () => {
    const it = underWay({
      settings: settingsOf({ steps: [STEPS[0]!], bake: { duration: '30s', holdback: 10 } }),
    });
    it.pass({ evidence: judgement() }, 10_000);
    expect(it.status().phase).toBe('Baking');
    expect(weights(it.status())).toEqual(['r-a 10', 'r-b 90']);
    it.pass({ evidence: judgement() }, 30_000);
    expect(it.status().stableRevision).toBe('r-b');
  });

  test('a wall clock that jumps shortens no step', () => {
    const it = underWay();
    it.pass({ evidence: judgement() }, 1_000);
    const jumped = plan({
      now: new Date(7_200_000),
      sinceLastMs: 1_000,
      generation: 2,
      settings: settingsOf({ steps: STEPS }),
      wanted: { revision: 'r-b' },
      verbs: {},
      kept: new Set(),
      status: it.status(),
      evidence: judgement(),
      rollbackMode: 'Pin',
      undo: String,
    });
    expect(jumped.status.step?.index).toBe(0);
  });
});
