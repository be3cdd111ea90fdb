import { seededRandom } from '../../src/lib/random.ts';
import { type Answer, DEFAULT_PLAN, type Moment, type Rule, replay } from './rollout.ts';
import { rateTraffic, valueTraffic } from './traffic.ts';

const calls = rateTraffic({ callsPerSecond: 20, candidate: () => 0.05, stable: () => 0.01 });

/** A rule that says what it is told to, and what it saw. */
function scripted(answer: (at: Moment, step: number) => Answer): { rule: Rule; weights: number[] } {
  const weights: number[] = [];
  return {
    weights,
    rule: {
      name: 'scripted',
      watch() {
        let step = 0;
        return {
          look([{ candidate, stable }], at) {
            weights.push(candidate.calls / (candidate.calls + stable.calls));
            return answer(at, step);
          },
          nextStep() {
            step++;
          },
        };
      },
    },
  };
}

test('a candidate that nothing is said against goes through all steps', () => {
  const { rule, weights } = scripted(() => 'Go');
  const course = replay(calls, rule, DEFAULT_PLAN, seededRandom(1));
  expect(course).toMatchObject({ rolledBack: false, seconds: 1_200, ticksHeld: 0 });
  const mean = (from: number, to: number) =>
    weights.slice(from, to).reduce((sum, weight) => sum + weight, 0) / (to - from);
  // A step is 60 ticks of 100 calls: the share's standard deviation is at most 0.0065.
  for (const [step, weight] of [0.05, 0.25, 0.5, 1].entries()) {
    expect(Math.abs(mean(step * 60, step * 60 + 60) - weight)).toBeLessThan(0.03);
  }
});

test('a held one stays in its step until the deadline', () => {
  const { rule } = scripted((_, step) => (step === 1 ? 'Hold' : 'Go'));
  const course = replay(calls, rule, DEFAULT_PLAN, seededRandom(1));
  expect(course).toMatchObject({ rolledBack: false, seconds: 1_200, ticksHeld: (1_200 - 600) / 5 + 1 });
  // 5 % and then 25 % of 20 calls a second.
  expect(Math.abs(course.calls - (300 * 1 + 900 * 5))).toBeLessThan(400);
});

test('a hold before the end of a step holds nothing up', () => {
  const { rule } = scripted(({ stepSecond }) => (stepSecond < 300 ? 'Hold' : 'Go'));
  expect(replay(calls, rule, DEFAULT_PLAN, seededRandom(1))).toMatchObject({ seconds: 1_200, ticksHeld: 0 });
});

test('a rollback ends it', () => {
  const { rule } = scripted(({ second }) => (second === 90 ? 'RollBack' : 'Go'));
  expect(replay(calls, rule, DEFAULT_PLAN, seededRandom(1))).toMatchObject({ rolledBack: true, seconds: 90 });
});

test('few calls are spread over the ticks', () => {
  const { rule } = scripted(() => 'Go');
  const few = rateTraffic({ callsPerSecond: 0.5, candidate: () => 0, stable: () => 0 });
  const course = replay(few, rule, { ...DEFAULT_PLAN, steps: [100] }, seededRandom(1));
  // 300 s of half a call: 60 ticks of 2 or 3 calls, standard deviation 4.
  expect(Math.abs(course.calls - 150)).toBeLessThan(20);
});

test('values are drawn for each call', () => {
  const values = valueTraffic({
    metric: 'EvalScore',
    callsPerSecond: 4,
    candidate: () => 2,
    stable: () => 1,
  });
  const [served] = values.during(0, 5, 0.5, seededRandom(1));
  expect(served.candidate.values).toEqual(new Array(served.candidate.calls).fill(2));
  expect(served.candidate.sum).toBe(2 * served.candidate.calls);
  expect(served.candidate.calls + served.stable.calls).toBe(20);
  expect(values.before(seededRandom(1))[0].stable.calls).toBe(2_000);
});
