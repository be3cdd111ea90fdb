import type { Block } from './counts.ts';
import { decide as decideAll } from './decide.ts';
import { rateDefault } from './defaults.ts';
import { observeRate, type RateState, restartAtStep, startRate } from './rate.ts';
import { readRate } from './reading.ts';

const errors = { name: 'errors', ...rateDefault('ErrorRate') };
const schema = { name: 'schema', ...rateDefault('SchemaFailureRate') };
const refusals = { name: 'refusals', ...rateDefault('RefusalRate') };
const RISK = 0.05;

const decide = (rates: { guardrail: typeof errors; state: RateState }[], risk: number) =>
  decideAll(
    rates.map(({ guardrail: { name, weight, tolerance }, state }) => ({
      name,
      weight,
      reading: readRate(state, tolerance),
    })),
    risk,
  );

function block(candidateCalls: number, candidateBad: number, stableCalls: number, stableBad: number): Block {
  return {
    candidate: { calls: candidateCalls, bad: candidateBad },
    stable: { calls: stableCalls, bad: stableBad },
  };
}

const times = (count: number, each: Block, state: RateState) =>
  Array.from({ length: count }, () => each).reduce(observeRate, state);

test('nothing served yet is NoData, with all that a status needs', () => {
  expect(decide([{ guardrail: errors, state: startRate() }], RISK)).toEqual({
    verdict: 'NoData',
    evidence: 1,
    threshold: 20,
    hold: false,
    guardrails: [
      {
        name: 'errors',
        verdict: 'NoData',
        evidence: 1,
        threshold: 20,
        beyondTolerance: false,
        notWorse: false,
        hold: false,
        aboveLimit: false,
        candidate: { calls: 0, bad: 0, value: undefined },
        stable: { calls: 0, bad: 0, value: undefined },
      },
    ],
  });
});

test('at 5 % weight three failures in a row are proof, with the default guardrails', () => {
  const prior = { calls: 2_000, bad: 20 };
  const after = (failures: number) => {
    const fine = times(failures, block(1, 0, 19, 0), startRate(prior));
    const failing = times(failures, block(1, 1, 19, 0), startRate(prior));
    return decide(
      [
        { guardrail: errors, state: failing },
        { guardrail: schema, state: fine },
        { guardrail: refusals, state: fine },
      ],
      RISK,
    );
  };
  expect(after(1).verdict).toBe('Inconclusive');
  expect(after(3)).toMatchObject({ verdict: 'Fail', blame: 'errors' });
  expect(after(3).guardrails[0]).toMatchObject({
    beyondTolerance: true,
    candidate: { calls: 3, bad: 3, value: 1 },
  });
});

test('the guardrail that is worse is blamed, not its neighbour', () => {
  const good = times(20, block(5, 0, 95, 1), startRate());
  const refusing = times(20, block(5, 2, 95, 1), startRate());
  const decision = decide(
    [
      { guardrail: errors, state: good },
      { guardrail: refusals, state: refusing },
    ],
    RISK,
  );
  expect(decision).toMatchObject({ verdict: 'Fail', blame: 'refusals' });
  expect(decision.guardrails.map(({ verdict }) => verdict)).toEqual(['Inconclusive', 'Fail']);
});

describe('a candidate that is worse by a tolerated trifle', () => {
  // 1.2 % against 1 %: within 1.25 times stable's rate and a quarter of a point, and after a million calls beyond doubt.
  const trifle = times(100, block(10_000, 120, 10_000, 100), startRate());

  test('is not failed, however sure it is', () => {
    const decision = decide([{ guardrail: errors, state: trifle }], RISK);
    expect(decision.evidence).toBeGreaterThan(1_000);
    expect(decision.guardrails[0]).toMatchObject({ verdict: 'Pass', beyondTolerance: false });
  });

  test('may advance once it is shown to be within the margin', () => {
    expect(decide([{ guardrail: errors, state: trifle }], RISK).hold).toBe(false);
  });

  test('is not failed for the first unlucky call of the next step', () => {
    const unlucky = observeRate(restartAtStep(trifle), block(10, 1, 10, 0));
    const [errorsNow] = decide([{ guardrail: errors, state: unlucky }], RISK).guardrails;
    expect(errorsNow).toMatchObject({ beyondTolerance: true, verdict: 'Inconclusive' });
    expect(errorsNow!.evidence).toBeGreaterThan(1_000);
  });

  test('is failed for what the step itself proves', () => {
    const broken = times(3, block(100, 30, 100, 1), restartAtStep(trifle));
    expect(decide([{ guardrail: errors, state: broken }], RISK)).toMatchObject({
      verdict: 'Fail',
      blame: 'errors',
    });
  });
});

describe('calls missing', () => {
  const missing = (state: RateState) =>
    decide([{ guardrail: errors, state }], RISK).guardrails[0]!.callsMissing;

  test('fall as calls come in, and are gone at a Pass', () => {
    let state = times(1, block(100, 1, 100, 1), startRate());
    const first = missing(state)!;
    const seen = [first];
    while (missing(state) !== undefined && seen.length < 200) {
      state = observeRate(state, block(100, 1, 100, 1));
      seen.push(missing(state) ?? 0);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(decide([{ guardrail: errors, state }], RISK).verdict).toBe('Pass');
    const took = seen.length * 100;
    expect(took).toBeGreaterThan(first * 0.6);
    expect(took).toBeLessThan(first * 1.4);
  });

  test('are fewer where stable serves more beside each candidate call', () => {
    const even = times(1, block(100, 1, 100, 1), startRate());
    const uneven = times(1, block(100, 1, 1_900, 19), startRate());
    expect(missing(uneven)!).toBeLessThan(missing(even)!);
  });

  test('are not guessed in a step that has served nothing', () => {
    const next = restartAtStep(times(1, block(100, 1, 100, 1), startRate()));
    expect(missing(next)).toBeUndefined();
  });
});
