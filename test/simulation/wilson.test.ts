import { wilson } from './wilson.ts';

// Newcombe 1998, table I, method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('%d of %d', (successes, runs, low, high) => {
  const found = wilson(successes, runs);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
  expect(found.share).toBe(successes / runs);
});

test('mirrors', () => {
  const [few, many] = [wilson(3, 50), wilson(47, 50)];
  expect(many.low).toBeCloseTo(1 - few.high, 12);
  expect(many.high).toBeCloseTo(1 - few.low, 12);
});
