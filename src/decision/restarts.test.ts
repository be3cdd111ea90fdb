import { logMeanExp, logSumExp } from './mixture.ts';
import { mixRestarts } from './restarts.ts';

const { log, exp } = Math;

test('sums of exponentials neither overflow nor vanish', () => {
  expect(logSumExp([1_000, 1_000])).toBeCloseTo(1_000 + log(2), 12);
  expect(logMeanExp([-5_000, -5_000, -5_000])).toBeCloseTo(-5_000, 9);
  expect(logMeanExp([0, Number.NEGATIVE_INFINITY])).toBeCloseTo(log(0.5), 12);
  expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
});

test('half of the stake is on the start, the rest is shared by all planned restarts', () => {
  expect(exp(mixRestarts([log(6)], 3).all)).toBeCloseTo(0.5 * 6 + 0.5, 12);
  expect(exp(mixRestarts([log(6), log(9)], 3).all)).toBeCloseTo(0.5 * 6 + (9 + 1 + 1) / 6, 12);
  expect(exp(mixRestarts([log(6), log(9), log(30), log(3)], 3).all)).toBeCloseTo(3 + (9 + 30 + 3) / 6, 12);
});

test('a restart as such changes nothing, however low the evidence is by then', () => {
  const before = mixRestarts([log(0.001), log(0.002)], 3).all;
  expect(mixRestarts([log(0.001), log(0.002), 0], 3).all).toBeCloseTo(before, 12);
});

test('the latest restart contributes its own stake only', () => {
  expect(mixRestarts([log(6)], 3).latest).toBe(Number.NEGATIVE_INFINITY);
  expect(exp(mixRestarts([log(6), log(9), log(30)], 3).latest)).toBeCloseTo(30 / 6, 12);
});

test('without planned restarts the start is all', () => {
  expect(mixRestarts([log(6)], 0).all).toBeCloseTo(log(6), 12);
});
