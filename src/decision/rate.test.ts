import fc from 'fast-check';
import type { Block } from './counts.ts';
import {
  cutBlocks,
  expectedRate,
  notWorseEvidence,
  observeRate,
  type RateState,
  restartAtStep,
  startRate,
  worseEvidence,
} from './rate.ts';
import { MOST_RESTARTS } from './restarts.ts';

function block(candidateCalls: number, candidateBad: number, stableCalls: number, stableBad: number): Block {
  return {
    candidate: { calls: candidateCalls, bad: candidateBad },
    stable: { calls: stableCalls, bad: stableBad },
  };
}

const E = (state: RateState) => Math.exp(worseEvidence(state).all);

test('the worked example, through a whole state', () => {
  const state = observeRate(startRate({ calls: 2_000, bad: 20 }, { restarts: 0 }), block(50, 4, 950, 9));
  expect(worseEvidence(state).all.toFixed(6)).toBe('3.195915');
});

describe('blocks', () => {
  test('close as soon as there is a candidate call and three of stable', () => {
    const waiting = observeRate(startRate(), block(5, 5, 2, 0));
    expect(waiting.open).toEqual([block(5, 5, 2, 0)]);
    expect(E(waiting)).toBeCloseTo(1, 12);
    const closed = observeRate(waiting, block(0, 0, 1, 0));
    expect(closed.open).toEqual([]);
    expect(E(closed)).toBeGreaterThan(1);
  });

  test('close on exposure alone, never on what came out', () => {
    const n = fc.nat({ max: 4 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(n, n, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 }),
        (looks) => {
          let [good, bad] = [startRate(), startRate()];
          for (const [candidate, stable, part] of looks) {
            good = observeRate(good, block(candidate, 0, stable, 0));
            bad = observeRate(bad, block(candidate, Math.floor(part * candidate), stable, stable));
            const exposure = ({ open }: RateState) =>
              open.map(({ candidate, stable }) => [candidate.calls, stable.calls]);
            expect(exposure(bad)).toEqual(exposure(good));
          }
        },
      ),
    );
  });

  test('pool what comes before they close, in whatever order and portions', () => {
    const whole = observeRate(startRate(), block(3, 1, 4, 1));
    const portions = [block(2, 1, 0, 0), block(0, 0, 2, 1), block(1, 0, 2, 0)];
    expect(portions.reduce(observeRate, startRate())).toEqual(whole);
    const reversed = [block(0, 0, 1, 1), block(0, 0, 3, 0), block(3, 1, 0, 0)];
    expect(reversed.reduce(observeRate, startRate())).toEqual(whole);
  });

  test('are judged by a guess that has not seen them', () => {
    const state = startRate({ calls: 1_000, bad: 10 });
    expect(expectedRate(state)).toBeCloseTo(0.01, 12);
    const waiting = observeRate(state, block(0, 0, 500, 500));
    expect(expectedRate(waiting)).toBeCloseTo(0.01, 12);
    expect(expectedRate(cutBlocks(waiting))).toBeCloseTo(510 / 1_500, 12);
  });

  test('cut at a change of weight do not mix with what follows', () => {
    const before = observeRate(startRate(), block(4, 1, 2, 0));
    const cut = cutBlocks(before);
    expect(cut.open).toEqual([]);
    expect(cut.overall).toEqual(block(4, 1, 2, 0));
    expect(E(cut)).not.toBeCloseTo(1, 3);
    expect(cutBlocks(cut)).toBe(cut);
  });

  test('an empty look is no look', () => {
    const state = startRate();
    expect(observeRate(state, block(0, 0, 0, 0))).toBe(state);
  });
});

describe('validity, by enumerating all that can happen', () => {
  /** Visits every outcome of n calls of each side with its probability. */
  function eachOutcome(n: number[], rates: number[], visit: (bad: number[], mass: number) => void): void {
    const walk = (at: number, bad: number[], mass: number): void => {
      if (at === n.length) {
        visit(bad, mass);
        return;
      }
      let choose = 1;
      for (let k = 0; k <= n[at]!; k++) {
        walk(at + 1, [...bad, k], mass * choose * rates[at]! ** k * (1 - rates[at]!) ** (n[at]! - k));
        choose = (choose * (n[at]! - k)) / (k + 1);
      }
    };
    walk(0, [], 1);
  }

  const size = fc.integer({ min: 0, max: 4 });
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  const prior = fc.constantFrom(
    { calls: 0, bad: 0 },
    { calls: 2_000, bad: 0 },
    { calls: 300, bad: 90 },
    { calls: 9, bad: 9 },
  );

  // Two looks with rates that drift between them. What lies between the looks is nothing, a cut, or a new step.
  const between = fc.constantFrom((state: RateState) => state, cutBlocks, restartAtStep);

  test('a candidate that is not worse has evidence of at most 1 in expectation', () => {
    fc.assert(
      fc.property(
        fc.tuple(size, size, size, size),
        rate,
        rate,
        rate,
        prior,
        between,
        (n, p1, p2, part, past, then) => {
          // Without a cut both looks may share a block, within which one rate must hold.
          const second = then === cutBlocks || then === restartAtStep ? p2 : p1;
          let expectation = 0;
          eachOutcome(n, [p1 * part, p1, second * part, second], ([c1, s1, c2, s2], mass) => {
            const first = observeRate(startRate(past, { restarts: 2 }), block(n[0], c1!, n[1], s1!));
            expectation += mass * E(cutBlocks(observeRate(then(first), block(n[2], c2!, n[3], s2!))));
          });
          expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 120 },
    );
  });

  test('a candidate as bad as the margin has proof of "not worse" of at most 1 in expectation', () => {
    const notWorse = { relative: 0.5, absolute: 0.05 };
    fc.assert(
      fc.property(
        fc.tuple(size, size, size, size),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        prior,
        (n, p, past) => {
          const bad = p * 1.5 + 0.05;
          let expectation = 0;
          eachOutcome(n, [bad, p, bad, p], ([c1, s1, c2, s2], mass) => {
            const first = observeRate(startRate(past, { notWorse }), block(n[0], c1!, n[1], s1!));
            const second = cutBlocks(observeRate(first, block(n[2], c2!, n[3], s2!)));
            expectation += mass * Math.exp(notWorseEvidence(second));
          });
          expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('steps', () => {
  const healthy = Array.from({ length: 40 }, () => block(5, 0, 95, 1));
  const failing = Array.from({ length: 3 }, () => block(20, 6, 60, 1));

  test('a late regression shows in the restarted evidence first', () => {
    const good = healthy.reduce(observeRate, startRate());
    const restarted = failing.reduce(observeRate, restartAtStep(good));
    expect(Math.exp(worseEvidence(restarted).latest)).toBeGreaterThan(20);
    expect(restarted.step).toEqual(block(60, 18, 180, 3));
    expect(restarted.overall).toEqual(block(260, 18, 3_980, 43));
  });

  test('a step begins without changing the evidence, and with no proof of "not worse"', () => {
    const good = healthy.reduce(observeRate, startRate());
    expect(notWorseEvidence(good)).toBeGreaterThan(0);
    const next = restartAtStep(good);
    expect(worseEvidence(next).all).toBeCloseTo(worseEvidence(good).all, 12);
    expect(notWorseEvidence(next)).toBe(0);
    expect(next.step).toEqual(block(0, 0, 0, 0));
  });

  test('what is open belongs to the step that ends', () => {
    const next = restartAtStep(observeRate(startRate(), block(2, 2, 1, 0)));
    expect(next.open).toEqual([]);
    expect(worseEvidence(next).latest).toBeCloseTo(Math.log(1 / 6), 12);
  });

  test('more steps than planned restart nothing; more planned than the most are cut', () => {
    const twice = restartAtStep(restartAtStep(startRate(undefined, { restarts: 1 })));
    expect(twice.worseSums).toHaveLength(2);
    expect(startRate(undefined, { restarts: 31 }).restarts).toBe(MOST_RESTARTS);
  });
});

describe('the guess before the first block', () => {
  test.each([
    ['nothing known', { calls: 0, bad: 0 }, 0.01, 200],
    ['little known', { calls: 100, bad: 3 }, 0.02, 200],
    ['much known', { calls: 10_000, bad: 400 }, 0.04, 2_000],
    ['never bad', { calls: 50_000, bad: 0 }, 0.00025, 2_000],
    ['always bad', { calls: 1_000, bad: 1_000 }, 0.9995, 1_000],
  ])('%s', (_, prior, guess, calls) => {
    const state = startRate(prior);
    expect(expectedRate(state)).toBeCloseTo(guess, 12);
    expect(state.prior.calls).toBe(calls);
  });
});

test('a state stays finite, and is JSON, whatever is counted', () => {
  const size = fc.constantFrom(0, 1, 3, 1_000, 1e12);
  const part = fc.constantFrom(0, 0.5, 1);
  const looks = fc.array(fc.tuple(size, part, size, part), { maxLength: 6 });
  fc.assert(
    fc.property(looks, fc.constantFrom(0, 1_000), (all, priorBad) => {
      const state = all.reduce(
        (soFar, [c, cBad, s, sBad]) =>
          observeRate(soFar, block(c, Math.floor(c * cBad), s, Math.floor(s * sBad))),
        startRate({ calls: 1_000, bad: priorBad }),
      );
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(E(state)).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(E(state)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test.each([
  [block(-1, 0, 3, 0), 'candidate.calls must be a whole number of at least 0, not -1'],
  [block(1.5, 0, 3, 0), 'candidate.calls must be a whole number of at least 0, not 1.5'],
  [block(1, 2, 3, 0), 'candidate.bad must be a whole number from 0 to 1 calls, not 2'],
  [block(1, 0, Number.NaN, 0), 'stable.calls must be a whole number of at least 0, not NaN'],
  [block(1, 0, 3, -1), 'stable.bad must be a whole number from 0 to 3 calls, not -1'],
])('counts that cannot be are refused: %j', (counts, message) => {
  expect(() => observeRate(startRate(), counts)).toThrow(new RangeError(message));
});

test('so are a prior and options that cannot be', () => {
  expect(() => startRate({ calls: 1, bad: 2 })).toThrow(RangeError);
  expect(() => startRate(undefined, { restarts: -1 })).toThrow(RangeError);
  expect(() => startRate(undefined, { notWorse: { relative: -0.1, absolute: 0 } })).toThrow(RangeError);
  expect(() => startRate(undefined, { notWorse: { relative: 0, absolute: 1 } })).toThrow(RangeError);
});
