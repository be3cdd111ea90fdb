import { judgement, underWay } from '../../test/controllers/planned.ts';
import type { Judgement } from '../api/judgement.ts';
import type { Rollout } from '../api/rollout.ts';
import { settingsOf } from './settings.ts';

/**
 * What comes of each verdict under each action, once the step has lasted long enough and has calls enough: of findings as
 * the decision engine gives them, at the end of the last step.
 */
const finding = { guardrail: 'errors', reason: '7 of 31 failed, stable 4 of 590', badCalls: 7 };
const VERDICTS: Record<string, Partial<Judgement>> = {
  Pass: { proven: true },
  Inconclusive: {},
  'Inconclusive, in doubt': { hold: 'errors' },
  'NoData, asked for': { blind: 'errors' },
  'Fail, Rollback': { rollback: finding },
  'Fail, Pause': { pause: finding },
  'Fail, Notify': { notify: finding },
};

type End = 'promoted' | 'taken back' | 'waits' | 'waits for a person';

function play(verdict: string, rollout: Rollout, ms: number): End {
  const it = underWay({
    settings: settingsOf({ steps: [{ weight: 50, minDuration: '10s', minCalls: 5 }], ...rollout }),
  });
  it.pass({ evidence: judgement(VERDICTS[verdict]) }, ms);
  const { phase, stableRevision, traffic } = it.status();
  expect(traffic?.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
  if (phase === 'RolledBack') return 'taken back';
  if (stableRevision === 'r-b') return 'promoted';
  return phase === 'Paused' ? 'waits for a person' : 'waits';
}

test.each<[verdict: string, plain: End, withProof: End]>([
  ['Pass', 'promoted', 'promoted'],
  ['Inconclusive', 'promoted', 'waits'],
  ['Inconclusive, in doubt', 'waits', 'waits'],
  ['NoData, asked for', 'waits', 'waits'],
  ['Fail, Rollback', 'taken back', 'taken back'],
  ['Fail, Pause', 'waits for a person', 'waits for a person'],
  ['Fail, Notify', 'promoted', 'waits'],
])('%s: %s; with requireProof: %s', (verdict, plain, withProof) => {
  expect(play(verdict, {}, 60_000)).toBe(plain);
  expect(play(verdict, { requireProof: true }, 60_000)).toBe(withProof);
});

test.each<[verdict: string, hold: End, promote: End, rollback: End]>([
  ['Pass', 'waits for a person', 'promoted', 'taken back'],
  ['Inconclusive', 'waits for a person', 'promoted', 'taken back'],
  ['Inconclusive, in doubt', 'waits for a person', 'promoted', 'taken back'],
  ['NoData, asked for', 'waits for a person', 'waits for a person', 'taken back'],
  ['Fail, Rollback', 'taken back', 'taken back', 'taken back'],
  ['Fail, Pause', 'waits for a person', 'waits for a person', 'taken back'],
  ['Fail, Notify', 'waits for a person', 'promoted', 'taken back'],
])('%s at the deadline: Hold %s, Promote %s, Rollback %s', (verdict, hold, promote, rollback) => {
  const at = (onInconclusive: 'Hold' | 'Promote' | 'Rollback') =>
    play(verdict, { deadline: '1m', onInconclusive, requireProof: true }, 60_000);
  expect([at('Hold'), at('Promote'), at('Rollback')]).toEqual([hold, promote, rollback]);
});

test.each(Object.keys(VERDICTS))(
  '%s: a paused rollout is promoted by no verdict and no deadline',
  (verdict) => {
    const end = play(verdict, { paused: true, deadline: '1m', onInconclusive: 'Promote' }, 60_000);
    expect(end).toBe(verdict === 'Fail, Rollback' ? 'taken back' : 'waits for a person');
  },
);

test('too few calls, or too little time, wait; a Fail waits for neither', () => {
  const few = (over: Partial<Judgement>, ms: number) => {
    const it = underWay();
    it.pass({ evidence: judgement(over) }, ms);
    return it.status();
  };
  expect(few({ proven: true, stepCalls: 4 }, 60_000).message).toContain('about 1 more calls needed');
  expect(few({ proven: true }, 4_000).message).toContain('6s left of this step');
  expect(few({ rollback: finding, stepCalls: 1 }, 1_000).phase).toBe('RolledBack');
});

describe('in words', () => {
  const say = (over: Partial<Judgement>, rollout: Rollout = {}) => {
    const it = underWay({
      settings: settingsOf({ steps: [{ weight: 50, minDuration: '10s', minCalls: 100 }], ...rollout }),
    });
    it.pass({ evidence: judgement({ stepCalls: 20, ...over }) }, 20_000);
    it.pass({ evidence: judgement({ stepCalls: 40, ...over }) }, 20_000);
    return it.status().message;
  };

  test('what is missing is said with the time it takes', () => {
    expect(say({})).toBe(
      'step 1 of 1: 50 % for 40s, 40 calls (1/s), no guardrail failing; about 60 more calls needed, 1m at this rate',
    );
  });

  test('a guardrail without data is named, with why and what to do', () => {
    const guardrails = [
      { name: 'carts', verdict: 'NoData' as const, message: 'Prometheus did not answer within 3s' },
    ];
    expect(say({ stepCalls: 200, blind: 'carts', guardrails })).toContain(
      'guardrail carts has no data (Prometheus did not answer within 3s): holds until it has; mend its source',
    );
  });

  test('doubt is said with its evidence, failures by name', () => {
    const guardrails = [
      { name: 'errors', verdict: 'Inconclusive' as const, evidence: '2.4', threshold: '67' },
      { name: 'tokens', verdict: 'Fail' as const },
    ];
    const message = say({ stepCalls: 200, hold: 'errors', guardrails });
    expect(message).toContain('guardrail errors is in doubt (evidence 2.4 of 67), more calls are needed');
    expect(message).toContain('failing: tokens');
  });

  test('the proof that is asked for is said by guardrail', () => {
    const guardrails = [
      {
        name: 'errors',
        verdict: 'Inconclusive' as const,
        message: 'about 900 more calls to show it is not worse',
      },
      { name: 'refusals', verdict: 'Pass' as const, notWorse: true },
    ];
    expect(say({ stepCalls: 200, guardrails }, { requireProof: true })).toContain(
      '(requireProof): errors (about 900 more calls to show it is not worse)',
    );
  });

  test('a deadline is said when it is near', () => {
    expect(say({}, { deadline: '30m' })).toMatch(/; deadline in 29m20s$/);
    expect(say({}, { deadline: '3h' })).not.toContain('deadline');
  });
});
