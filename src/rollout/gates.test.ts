import { condition, judgement, release, weights } from '../../test/controllers/planned.ts';
import type { Rollout } from '../api/rollout.ts';
import type { GateState } from './pass.ts';
import { settingsOf } from './settings.ts';

const GATES = [{ evalSuiteRef: { name: 'golden' } }, { evalSuiteRef: { name: 'safety' } }];
const hour = 3_600_000;

/** Stable `r-a` serves, and `r-b` is held against two suites. */
function evaluating(rollout: Rollout = {}) {
  const it = release();
  it.pass();
  it.pass({ settings: settingsOf({ gates: GATES, ...rollout }), wanted: { revision: 'r-b' } });
  return it;
}

const says = (suite: string, verdict: GateState['verdict'], message = 'as it came out'): GateState => ({
  suite,
  verdict,
  message,
});
const pass = [says('golden', 'Pass'), says('safety', 'Pass')];

test('a candidate with gates serves nobody until all of them pass', () => {
  const it = evaluating();
  expect(it.status()).toMatchObject({ phase: 'Evaluating', candidateRevision: 'r-b', attempt: 2 });
  expect(it.status().message).toBe('r-b is held against golden and safety before it serves');
  expect(weights(it.status())).toEqual(['r-a 100']);
  expect(condition(it.status(), 'Reconciling')).toBe('True Evaluating');
  expect(condition(it.status(), 'Ready')).toBe('False Evaluating');

  it.pass({ gates: [says('golden', 'Pass')] }, 1_000);
  expect(it.status()).toMatchObject({ phase: 'Evaluating' });
  expect(it.status().message).toBe('r-b serves nobody yet; safety: not asked yet');
  expect(weights(it.status())).toEqual(['r-a 100']);

  it.pass({ gates: pass }, 1_000);
  expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 0 } });
  expect(weights(it.status())?.[0]).toBe('r-a 95');
  // What a gate says later is not asked any more.
  it.pass({ gates: [says('golden', 'Fail')], evidence: judgement() }, 1_000);
  expect(it.status().phase).toBe('Progressing');
});

test('one that fails takes the candidate back, which has served not one call', () => {
  const it = evaluating();
  const message = 'mean score 0.71, stable 0.90 over 40 cases';
  const { events } = it.pass({ gates: [says('golden', 'Fail', message), says('safety', 'Pass')] }, 1_000);
  expect(it.status()).toMatchObject({
    phase: 'RolledBack',
    stableRevision: 'r-a',
    traffic: [{ revision: 'r-a', weight: 100 }],
    rollback: { from: 'r-b', to: 'r-a', guardrail: 'gate:golden', reason: message, badCalls: 0 },
    quarantined: [{ revision: 'r-b', reason: message }],
  });
  expect(it.status().candidateRevision).toBeUndefined();
  expect(events.map(({ reason }) => reason)).toEqual(['RolledBack']);
});

test('one that cannot be told holds, and says why', () => {
  const it = evaluating();
  it.pass({ gates: [says('golden', 'Waiting', 'the judge is down'), says('safety', 'Pass')] }, hour);
  expect(it.status()).toMatchObject({ phase: 'Evaluating' });
  expect(it.status().message).toBe('r-b serves nobody yet; golden: the judge is down');
});

test.each<[string, Rollout['onInconclusive'], string]>([
  ['Hold', 'Hold', 'Paused'],
  ['Promote, for no news is not good news', 'Promote', 'Paused'],
  ['Rollback', 'Rollback', 'RolledBack'],
])('at the deadline: %s', (_title, onInconclusive, phase) => {
  const it = evaluating({ deadline: '2h', onInconclusive: onInconclusive! });
  it.pass({}, hour);
  expect(it.status().phase).toBe('Evaluating');
  it.pass({}, hour);
  expect(it.status().phase).toBe(phase);
  expect(weights(it.status())).toEqual(['r-a 100']);
});

test('paused it does not begin, whatever its gates say, and a gate that fails still takes it back', () => {
  const it = evaluating({ paused: true });
  it.pass({ gates: pass }, 1_000);
  expect(it.status()).toMatchObject({ phase: 'Paused', candidateRevision: 'r-b' });
  expect(weights(it.status())).toEqual(['r-a 100']);
  it.pass({ gates: [says('golden', 'Fail')] }, 1_000);
  expect(it.status().phase).toBe('RolledBack');
});

test.each([
  ['promote', 'Progressing', 'r-b begins without waiting for its gates'],
  ['promote-full', 'Healthy', 'r-b goes to 100 % without waiting for its gates'],
  ['abort', 'RolledBack', 'r-b was taken back'],
])('%s does not wait for them', (verb, phase, result) => {
  const it = evaluating();
  it.pass({ verbs: { [verb]: 'r-b' } }, 1_000);
  expect(it.status()).toMatchObject({ phase, lastAction: { verb, result } });
});

test('a newer spec is held against them anew, and stable again ends it', () => {
  const it = evaluating();
  it.pass({ wanted: { revision: 'r-c' }, gates: [says('golden', 'Pass')] }, 1_000);
  expect(it.status()).toMatchObject({ phase: 'Evaluating', candidateRevision: 'r-c', attempt: 3 });
  it.pass({ wanted: { revision: 'r-a' } }, 1_000);
  expect(it.status()).toMatchObject({
    phase: 'Healthy',
    history: [{ outcome: 'Withdrawn' }, { outcome: 'Superseded' }, {}],
  });
});

test('with Immediate it serves all as soon as they pass, and not before', () => {
  const it = evaluating({ strategy: 'Immediate' });
  expect(weights(it.status())).toEqual(['r-a 100']);
  it.pass({ gates: pass }, 1_000);
  expect(weights(it.status())).toEqual(['r-b 100']);
  expect(it.status().phase).toBe('Healthy');
});

test('no copies are answered before they pass', () => {
  const it = evaluating({ strategy: 'Shadow', steps: [{ weight: 50 }] });
  expect(it.status().shadow).toBeUndefined();
  it.pass({ gates: pass }, 1_000);
  expect(it.status().shadow).toEqual({ revision: 'r-b', weight: 50 });
});

test('gates that are taken out of the spec are waited for no longer', () => {
  const it = evaluating();
  it.pass({ settings: settingsOf({}) }, 1_000);
  expect(it.status().phase).toBe('Progressing');
});

test('the first revision ever has nothing to be compared with, and serves at once', () => {
  const it = release({ settings: settingsOf({ gates: GATES }) });
  it.pass();
  expect(it.status().phase).toBe('Healthy');
});
