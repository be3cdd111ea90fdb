import type { Guardrail } from '../../src/api/guardrail.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { sluice } from './engine.ts';
import { everything, HEALTHY, outcomes } from './everything.ts';
import { type Course, DEFAULT_PLAN, type Plan, type Rule, replay } from './rollout.ts';
import type { RateAt, Traffic } from './traffic.ts';
import { wilson } from './wilson.ts';

const RISK = 0.05;

/** Errors, schema and refusals as by default; the second time without a tolerance for noise. */
const GUARDRAILS: Guardrail[] = [
  { name: 'errors', metric: 'ErrorRate' },
  { name: 'schema', metric: 'SchemaFailureRate' },
  { name: 'refusals', metric: 'RefusalRate' },
];
const RULE = sluice('R', { guardrails: GUARDRAILS });
const BARE = sluice('bare', {
  guardrails: GUARDRAILS.map((each) => ({ ...each, tolerance: { relative: '0%', absolute: '0%' } })),
});

/** Errors as given; schema failures and refusals are as often with both. */
function traffic(candidate: RateAt, stable: RateAt, callsPerSecond = 20): Traffic {
  return outcomes(callsPerSecond, { ...HEALTHY, errors: candidate }, { ...HEALTHY, errors: stable });
}

function always(rate: number): RateAt {
  return () => rate;
}

function play(calls: Traffic, rule: Rule, runs: number, plan: Partial<Plan> = {}): Course[] {
  return Array.from({ length: runs }, (_, run) =>
    replay(calls, rule, { ...DEFAULT_PLAN, ...plan }, seededRandom(run + 1)),
  );
}

function shareRolledBack(courses: Course[]): number {
  return courses.filter(({ rolledBack }) => rolledBack).length / courses.length;
}

/**
 * The most that a true share of `RISK` shows in so many runs, but for about one time in a thousand: three standard
 * deviations above it.
 */
function mostSeen(runs: number): number {
  return RISK + 3 * Math.sqrt((RISK * (1 - RISK)) / runs);
}

function median(courses: Course[], value: (course: Course) => number): number {
  return courses.map(value).toSorted((a, b) => a - b)[Math.floor(courses.length / 2)]!;
}

describe('a candidate that is no worse is rolled back within the risk', () => {
  const incident: RateAt = (second) => (second >= 360 && second < 660 ? 0.06 : 0.01);
  const drift: RateAt = (second) => 0.01 + (0.02 * Math.max(0, second)) / 1_200;

  test.each([
    ['at its weights of 5, 25, 50 and 100 %', traffic(always(0.01), always(0.01)), 200, {}],
    [
      'looked at every second',
      traffic(always(0.03), always(0.03)),
      80,
      { secondsPerTick: 1, secondsPerStep: 60, deadline: 240 },
    ],
    ['where calls are few', traffic(always(0.01), always(0.01), 0.5), 100, {}],
    ['in an incident of the provider', traffic(incident, incident), 100, {}],
    ['where both drift', traffic(drift, drift), 100, {}],
  ])('%s', (_, calls, runs, plan) => {
    // Without the tolerance the evidence alone has to keep to the risk.
    const share = shareRolledBack(play(calls, BARE, runs, plan));
    expect(share).toBeLessThanOrEqual(mostSeen(runs));
  });

  test('also with every default guardrail, all together', () => {
    const all = play(everything(20, HEALTHY, HEALTHY), sluice('all', {}), 40);
    expect(shareRolledBack(all)).toBeLessThanOrEqual(mostSeen(40));
  });

  test('and is hardly held up', () => {
    const courses = play(traffic(always(0.01), always(0.01)), RULE, 50);
    const held = courses.reduce((sum, { ticksHeld }) => sum + ticksHeld, 0) / courses.length;
    expect(held).toBeLessThan(0.1 * (DEFAULT_PLAN.deadline / DEFAULT_PLAN.secondsPerTick));
  });
});

describe('a candidate that is worse is found', () => {
  test.each([
    ['1 % to 2 %', 0.02, 100, 0.85, 70, 900],
    ['1 % to 5 %', 0.05, 200, 0.98, 10, 200],
    ['1 % to 20 %', 0.2, 400, 0.99, 5, 25],
    ['1 % to 100 %', 1, 400, 0.99, 6, 5],
  ])('%s', (_, rate, runs, leastShare, mostBad, mostSeconds) => {
    const courses = play(traffic(always(rate), always(0.01)), RULE, runs);
    // The floor is on the true share: what is seen may be below it by chance.
    const { high } = wilson(courses.filter(({ rolledBack }) => rolledBack).length, runs);
    expect(high).toBeGreaterThanOrEqual(leastShare);
    expect(median(courses, ({ sum }) => sum)).toBeLessThanOrEqual(mostBad);
    expect(median(courses, ({ seconds }) => seconds)).toBeLessThanOrEqual(mostSeconds);
  });

  test('also where it was fine until the third step', () => {
    const late: RateAt = (second) => (second >= 600 ? 0.05 : 0.01);
    const courses = play(traffic(late, always(0.01)), RULE, 60);
    expect(shareRolledBack(courses)).toBeGreaterThan(0.95);
    expect(median(courses, ({ seconds }) => seconds)).toBeLessThanOrEqual(600 + 60);
  });

  test('within seconds where it fails every call and is looked at every second', () => {
    const courses = play(traffic(always(1), always(0.01)), RULE, 200, { secondsPerTick: 1 });
    expect(shareRolledBack(courses)).toBe(1);
    expect(median(courses, ({ seconds }) => seconds)).toBeLessThanOrEqual(5);
  });
});

test('what is suspected is held in its step', () => {
  const suspected = play(traffic(always(0.02), always(0.01)), RULE, 50);
  expect(suspected.some(({ ticksHeld }) => ticksHeld > 0)).toBe(true);
});
