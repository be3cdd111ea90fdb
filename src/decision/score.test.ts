import fc from 'fast-check';
import type { HistogramBlock } from './histogram.ts';
import {
  guessOf,
  meanOf,
  notWorseScoreEvidence,
  observeScore,
  restartScore,
  type ScoreState,
  startScore,
  worseScoreEvidence,
} from './score.ts';
import { NOT_WORSE_SCORE_PARTS, notWorseScorePayoffs, WORSE_SCORES, worseScorePayoffs } from './score-bet.ts';
import { NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const E = (state: ScoreState) => Math.exp(worseScoreEvidence(state).all);

/** Visits all outcomes of `n` draws with replacement from `values`, each with its probability. */
function eachDraw(
  n: number,
  values: [bucket: number, chance: number][],
  visit: (drawn: number[], mass: number) => void,
) {
  const walk = (drawn: number[], mass: number): void => {
    if (drawn.length === n) return visit(drawn, mass);
    for (const [bucket, chance] of values) walk([...drawn, bucket], mass * chance);
  };
  walk([], 1);
}

function bucketsOf(drawn: number[]): Record<string, number> {
  const buckets: Record<string, number> = {};
  for (const bucket of drawn) buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  return buckets;
}

/** A distribution of badness over three values, and its mean (0–1). */
const distribution = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 3 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([buckets, first, second]) => {
    const chances = [first, (1 - first) * second, (1 - first) * (1 - second)];
    const values = buckets.map((bucket, at): [number, number] => [bucket, chances[at]!]);
    return { values, mean: values.reduce((sum, [bucket, chance]) => sum + (chance * bucket) / 20, 0) };
  });
const guess = fc.record({
  mean: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  variance: fc.double({ min: 0, max: 0.25, noNaN: true }),
});
const size = fc.integer({ min: 1, max: 3 });

describe('a bet on a block pays at most 1 in expectation, whatever was guessed', () => {
  const line: Tolerance = { relative: 0.2, absolute: 0.03 };

  function expectations(
    payoffs: (block: HistogramBlock) => number[],
    sizes: [number, number],
    candidate: [number, number][],
    stable: [number, number][],
  ): number[] {
    const sums: number[] = [];
    eachDraw(sizes[0], candidate, (c, massOfC) => {
      eachDraw(sizes[1], stable, (s, massOfS) => {
        payoffs({ candidate: bucketsOf(c), stable: bucketsOf(s) }).forEach((payoff, at) => {
          sums[at] = (sums[at] ?? 0) + massOfC * massOfS * Math.exp(payoff);
        });
      });
    });
    return sums;
  }

  test('on "worse", where the candidate is not above the line', () => {
    fc.assert(
      fc.property(
        distribution,
        distribution,
        guess,
        size,
        size,
        fc.constantFrom(NO_TOLERANCE, line),
        (c, s, guessed, nc, ns, at) => {
          fc.pre(c.mean <= (1 + at.relative) * s.mean + at.absolute);
          const paid = expectations(
            (block) => worseScorePayoffs(block, guessed, at),
            [nc, ns],
            c.values,
            s.values,
          );
          expect(paid).toHaveLength(WORSE_SCORES.length);
          for (const each of paid) expect(each).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('on "not worse", where the candidate is at the line or above', () => {
    fc.assert(
      fc.property(distribution, distribution, guess, size, size, (c, s, guessed, nc, ns) => {
        fc.pre(c.mean >= (1 + line.relative) * s.mean + line.absolute);
        const paid = expectations(
          (block) => notWorseScorePayoffs(block, guessed, line),
          [nc, ns],
          c.values,
          s.values,
        );
        expect(paid).toHaveLength(NOT_WORSE_SCORE_PARTS.length);
        for (const each of paid) expect(each).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});

test('a bet worked out by hand', () => {
  // One answer of badness .5 against three of .1, guessed at a mean of .1 with a variance of .01; the bet on .1 + .2.
  const block = { candidate: { 10: 1 }, stable: { 2: 3 } };
  const p0 = (1 * 0.3 + 3 * 0.1) / 4;
  const stake = Math.min((0.3 - p0) / 0.01, 0.9 / p0, 0.9 / ((1 / 3) * (1 - p0)));
  const byHand = Math.log1p(stake * (0.5 - p0)) + 3 * Math.log1p((-stake / 3) * (0.1 - p0));
  expect(worseScorePayoffs(block, { mean: 0.1, variance: 0.01 }, NO_TOLERANCE)[4]).toBeCloseTo(byHand, 12);
});

test('answers that get worse are told from those that do not, and those from worse ones', () => {
  const look = (bad: number): HistogramBlock => ({
    candidate: { 0: 10 - bad, 12: bad },
    stable: { 0: 45, 10: 5 },
  });
  const play = (bad: number) =>
    Array.from({ length: 20 }, () => look(bad)).reduce(observeScore, startScore());
  expect(E(play(1))).toBeLessThan(2);
  expect(E(play(5))).toBeGreaterThan(1_000);
  expect(Math.exp(notWorseScoreEvidence(play(0)))).toBeGreaterThan(20);
  expect(Math.exp(notWorseScoreEvidence(play(5)))).toBeLessThan(0.01);
});

test('is guessed from what has been judged, not from what is open', () => {
  const begun = startScore({ 2: 1_000 });
  expect(guessOf(begun).mean).toBeCloseTo(0.1, 2);
  const open = observeScore(begun, { candidate: {}, stable: { 20: 2 } });
  expect(guessOf(open)).toEqual(guessOf(begun));
  expect(open.open).toHaveLength(1);
  expect(meanOf(open.overall.stable)).toBe(1);
  expect(meanOf(open.overall.candidate)).toBeUndefined();
});

test('a step restarts the evidence and the proof of "not worse"', () => {
  const judged = observeScore(startScore(), { candidate: { 0: 9 }, stable: { 0: 40, 4: 9 } });
  expect(notWorseScoreEvidence(judged)).toBeGreaterThan(0);
  const next = restartScore(judged);
  expect(notWorseScoreEvidence(next)).toBe(0);
  expect(next.worseSums).toHaveLength(2);
  expect(next.overall).toEqual(judged.overall);
  expect(next.step.candidate.calls).toBe(0);
});

test.each([
  [{ candidate: { 21: 1 }, stable: {} }, 'candidate: there is no bucket 21, only 0 to 20'],
  [
    { candidate: {}, stable: { 1: 0.5 } },
    'stable: bucket 1 must count a whole number of at least 0, not 0.5',
  ],
])('badness that cannot be is refused: %j', (block, message) => {
  expect(() => observeScore(startScore(), block as unknown as HistogramBlock)).toThrow(
    new RangeError(message),
  );
});
