import { seededRandom } from '../lib/random.ts';
import { rateDefault } from './defaults.ts';
import { type Course, type RateAt, type Scenario, simulateRollout } from './simulated-rollout.ts';
import { NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const RISK = 0.05;
/** Whole rollouts take their time on a busy machine. */
const TIMEOUT = 120_000;

const always =
  (rate: number): RateAt =>
  () =>
    rate;

/** The default guardrails at 20 calls a second over 5, 25 and 50 %, five minutes each; errors as given. */
function rollout(
  candidate: RateAt,
  stable: RateAt,
  about: Partial<Scenario> = {},
  tolerance?: Tolerance,
): Scenario {
  const guardrail = (name: string, metric: Parameters<typeof rateDefault>[0]) => {
    const { weight, ...defaults } = rateDefault(metric);
    return { name, weight, tolerance: tolerance ?? defaults.tolerance };
  };
  return {
    guardrails: [
      { guardrail: guardrail('errors', 'ErrorRate'), candidate, stable },
      {
        guardrail: guardrail('schema', 'SchemaFailureRate'),
        candidate: always(0.005),
        stable: always(0.005),
      },
      { guardrail: guardrail('refusals', 'RefusalRate'), candidate: always(0.02), stable: always(0.02) },
    ],
    callsPerSecond: 20,
    secondsPerLook: 5,
    secondsPerStep: 300,
    steps: [5, 25, 50],
    risk: RISK,
    prior: { calls: 2_000, bad: 20 },
    ...about,
  };
}

function play(scenario: Scenario, runs: number) {
  const courses = Array.from({ length: runs }, (_, run) => simulateRollout(scenario, seededRandom(run + 1)));
  const failed = courses.filter(({ verdict }) => verdict === 'Fail');
  const median = (value: (course: Course) => number) =>
    failed.map(value).toSorted((a, b) => a - b)[Math.floor(failed.length / 2)] ?? Number.NaN;
  const held = courses.reduce((looks, { looksHeld }) => looks + looksHeld, 0);
  return {
    failedShare: failed.length / runs,
    blamedShare: failed.filter(({ blame }) => blame === 'errors').length / runs,
    badAnswers: median(({ badAnswers }) => badAnswers),
    seconds: median(({ seconds }) => seconds),
    looksHeld: held / runs,
  };
}

describe('a candidate that is no worse is rolled back within the risk', () => {
  // Without a tolerance the evidence alone must keep to the risk. The bound is on the true share; these seeds are
  // well below it, so no allowance for chance is needed.
  test(
    'at its weights of 5, 25 and 50 %',
    () => {
      const { failedShare, looksHeld } = play(rollout(always(0.01), always(0.01), {}, NO_TOLERANCE), 200);
      expect(failedShare).toBeLessThanOrEqual(RISK);
      expect(looksHeld).toBeLessThan(0.1 * 180);
    },
    TIMEOUT,
  );

  test(
    'looked at every second, with nothing known before',
    () => {
      const about = { secondsPerLook: 1, secondsPerStep: 60, prior: { calls: 0, bad: 0 } };
      const { failedShare } = play(rollout(always(0.03), always(0.03), about, NO_TOLERANCE), 150);
      expect(failedShare).toBeLessThanOrEqual(RISK);
    },
    TIMEOUT,
  );

  test(
    'where calls are few',
    () => {
      const { failedShare } = play(
        rollout(always(0.01), always(0.01), { callsPerSecond: 0.5 }, NO_TOLERANCE),
        150,
      );
      expect(failedShare).toBeLessThanOrEqual(RISK);
    },
    TIMEOUT,
  );

  test(
    'in an incident of the provider that raises both from 1 % to 6 %',
    () => {
      const incident: RateAt = (second) => (second >= 60 && second < 660 ? 0.06 : 0.01);
      const { failedShare } = play(rollout(incident, incident), 200);
      expect(failedShare).toBeLessThanOrEqual(RISK);
    },
    TIMEOUT,
  );
});

describe('a candidate that is worse is found', () => {
  // The figures of the design, for one guardrail: 7 bad answers and 125 s, 4 and 15 s, 5 and 5 s. Three share the risk.
  test.each([
    ['1 % to 5 %', 0.05, 10, 180, 200],
    ['1 % to 20 %', 0.2, 5, 25, 400],
    ['1 % to 100 %', 1, 6, 5, 400],
  ])(
    '%s',
    (_, rate, mostBad, mostSeconds, runs) => {
      const found = play(rollout(always(rate), always(0.01)), runs);
      expect(found.blamedShare).toBeGreaterThan(0.98);
      expect(found.badAnswers).toBeLessThanOrEqual(mostBad);
      expect(found.seconds).toBeLessThanOrEqual(mostSeconds);
    },
    TIMEOUT,
  );

  test(
    'also where it was fine until the last step',
    () => {
      const late: RateAt = (second) => (second >= 600 ? 0.05 : 0.01);
      const found = play(rollout(late, always(0.01)), 60);
      expect(found.blamedShare).toBeGreaterThan(0.95);
      expect(found.seconds).toBeLessThanOrEqual(600 + 60);
    },
    TIMEOUT,
  );

  test(
    'within seconds of the first failure where it fails every call and is looked at every second',
    () => {
      const found = play(rollout(always(1), always(0.01), { secondsPerLook: 1 }), 200);
      expect(found.failedShare).toBe(1);
      expect(found.seconds).toBeLessThanOrEqual(5);
    },
    TIMEOUT,
  );
});
