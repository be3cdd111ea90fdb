import { upperTail, zOf } from './peeked-z.ts';

test('the tail of the normal distribution', () => {
  expect(upperTail(0)).toBeCloseTo(0.5, 6);
  expect(upperTail(1.959964)).toBeCloseTo(0.025, 6);
  expect(upperTail(2.326348)).toBeCloseTo(0.01, 6);
  expect(upperTail(-1.644854)).toBeCloseTo(0.95, 6);
});

test('two proportions', () => {
  // 30/300 against 20/400: pooled 50/700.
  expect(zOf({ calls: 300, sum: 30 }, { calls: 400, sum: 20 })).toBeCloseTo(2.5419, 3);
  expect(zOf({ calls: 0, sum: 0 }, { calls: 400, sum: 20 })).toBe(0);
  expect(zOf({ calls: 9, sum: 0 }, { calls: 400, sum: 0 })).toBe(0);
});
