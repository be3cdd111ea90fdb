import fc from 'fast-check';
import type { Buckets } from '../api/evidence.ts';
import { bucketOf } from '../lib/buckets.ts';
import { drawNormal, type Random, seededRandom } from '../lib/random.ts';
import type { HistogramBlock } from './histogram.ts';
import {
  notWorseShiftEvidence,
  observeShift,
  restartShift,
  type ShiftState,
  startShift,
  worseShiftEvidence,
} from './shift.ts';
import { edgesOf } from './shift-bet.ts';

const E = (state: ShiftState) => Math.exp(worseShiftEvidence(state).all);
const margins = { tolerated: 2, notWorse: 2 };

function draw(random: Random, count: number, median: number, spread = 0.5): Buckets {
  const buckets: Buckets = {};
  for (let at = 0; at < count; at++) {
    const bucket = bucketOf(median * Math.exp(spread * drawNormal(random)));
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return buckets;
}

describe('edges', () => {
  test('part stable where its quantiles are', () => {
    const buckets = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [at, 1]));
    expect(edgesOf(buckets)).toEqual([10, 25, 50, 75, 90, 97]);
  });

  test('are two at most where all values are alike, and none without values', () => {
    expect(edgesOf({ 40: 500 })).toEqual([40, 41]);
    expect(edgesOf({})).toEqual([]);
  });

  test('are chosen from what came before, or else from the first of stable, which is then not judged', () => {
    expect(startShift({ 40: 99 }).edges).toEqual([]);
    expect(startShift({ 40: 100 }).edges.map(({ edge }) => edge)).toEqual([40, 41]);
    const waiting = observeShift(startShift({ 40: 60 }), { candidate: { 90: 50 }, stable: { 40: 39 } });
    expect(waiting.edges).toEqual([]);
    expect(E(waiting)).toBe(1);
    const begun = observeShift(waiting, { candidate: { 90: 50 }, stable: { 40: 1 } });
    expect(begun.edges).toHaveLength(2);
    expect(begun.early).toBeUndefined();
    expect(E(begun)).toBe(1);
    expect(begun.overall.candidate.calls).toBe(100);
    expect(E(observeShift(begun, { candidate: { 90: 5 }, stable: { 40: 50 } }))).toBeGreaterThan(5);
  });
});

test('a candidate within what is tolerated has evidence of at most 1 in expectation, at any edges', () => {
  // Stable's values are in bucket 20 or 30; the candidate's are at most two buckets higher.
  const before = { 20: 60, 30: 60 };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      (high, part, nc, ns) => {
        const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
        const mass = (n: number, k: number, p: number) => choose(n, k) * p ** k * (1 - p) ** (n - k);
        let expectation = 0;
        for (let c = 0; c <= nc; c++) {
          for (let s = 0; s <= ns; s++) {
            const block = { candidate: { 22: nc - c, 32: c }, stable: { 20: ns - s, 30: s } };
            const judged = restartShift(observeShift(startShift(before, { restarts: 1, margins }), block));
            expectation += mass(nc, c, high * part) * mass(ns, s, high) * E(judged);
          }
        }
        expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
    { numRuns: 200 },
  );
});

describe('over a rollout', () => {
  function play(factor: number, looks: number, seed = 1): ShiftState {
    const random = seededRandom(seed);
    let state = startShift(draw(random, 1_000, 900), { margins });
    for (let look = 0; look < looks; look++) {
      const block = { candidate: draw(random, 2, 900 * factor), stable: draw(random, 38, 900) };
      state = observeShift(state, block);
    }
    return state;
  }

  test('twice as slow is proven within a hundred calls', () => {
    expect(E(play(2, 50))).toBeGreaterThan(100);
  });

  test('15 % slower is within the tolerance of two buckets', () => {
    for (const seed of [1, 2, 3, 4, 5]) expect(E(play(1.15, 500, seed))).toBeLessThan(20);
  });

  test('as fast is shown to be not worse, and slower by a fifth is not', () => {
    expect(Math.exp(notWorseShiftEvidence(play(1, 1_500)))).toBeGreaterThan(20);
    expect(Math.exp(notWorseShiftEvidence(play(1.2, 1_500)))).toBeLessThan(1);
  });
});

test('a slow tail that few calls show is found, though the middle is the same', () => {
  const random = seededRandom(7);
  let state = startShift(draw(random, 1_000, 900), { margins });
  for (let look = 0; look < 150; look++) {
    const candidate = look % 5 === 0 ? { ...draw(random, 1, 9_000, 0.1) } : draw(random, 1, 900);
    state = observeShift(state, { candidate, stable: draw(random, 19, 900) });
  }
  expect(E(state)).toBeGreaterThan(20);
});

test('a step keeps edges and evidence, and begins both anew beside', () => {
  const slow: HistogramBlock = { candidate: { 60: 5 }, stable: { 40: 50 } };
  const state = observeShift(startShift({ 40: 200 }), slow);
  const next = restartShift(state);
  expect(next.edges).toEqual(state.edges);
  expect(next.worseSums).toHaveLength(2);
  expect(E(next)).toBeCloseTo(E(state), 9);
  expect(notWorseShiftEvidence(next)).toBe(0);
  expect(restartShift(startShift()).worseSums).toEqual([[], []]);
});

test('a bucket that cannot be is refused', () => {
  expect(() => observeShift(startShift(), { candidate: { 401: 1 }, stable: {} })).toThrow(
    new RangeError('candidate: there is no bucket 401, only -1 to 400'),
  );
});
