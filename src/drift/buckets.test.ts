import fc from 'fast-check';
import { bucketsOf, vectors } from '../../test/drift/vectors.ts';
import { chiSquare } from './chi-square.ts';
import { chiSquareTail } from './chi-square-tail.ts';
import { jensenShannonDistance, jensenShannonDivergence } from './jensen-shannon.ts';
import { stabilityIndex } from './psi.ts';

const near = (actual: number | undefined, expected: number) =>
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected) + 1e-12);

describe.each(vectors.compared)('as scipy says: $reference against $current', (vector) => {
  const [reference, current] = [bucketsOf(vector.reference), bucketsOf(vector.current)];

  test('the stability index', () => near(stabilityIndex(reference, current), vector.stabilityIndex));

  test('the Jensen–Shannon distance', () =>
    // The square root of a rounding error is larger than it.
    expect(jensenShannonDistance(reference, current)).toBeCloseTo(vector.jensenShannonDistance, 7));

  test('the test for a change', () => {
    const said = chiSquare(reference, current);
    near(said?.statistic, vector.chiSquare.statistic);
    near(said?.pValue, vector.chiSquare.pValue);
    expect(said?.degrees).toBe(vector.chiSquare.degrees);
  });
});

test.each(vectors.chiSquareTails)(
  'χ² of $degrees degrees exceeds $statistic',
  ({ statistic, degrees, tail }) => expect(chiSquareTail(statistic, degrees) / tail).toBeCloseTo(1, 9),
);

const counts = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(500))
  .filter((window) => Object.values(window).some((count) => count > 0));

test('windows that are alike have not drifted, and none is nearer than alike', () => {
  fc.assert(
    fc.property(counts, counts, (one, other) => {
      near(stabilityIndex(one, one), 0);
      near(jensenShannonDivergence(one, one), 0);
      expect(stabilityIndex(one, other)).toBeGreaterThanOrEqual(0);
      expect(jensenShannonDivergence(one, other)).toBeLessThanOrEqual(1);
      near(jensenShannonDivergence(one, other), jensenShannonDivergence(other, one)!);
    }),
  );
});

test('how often each value came counts, not how long a window was', () => {
  const longer = { a: 300, b: 700 };
  near(jensenShannonDivergence({ a: 3, b: 7 }, longer), 0);
  expect(chiSquare({ a: 3, b: 7 }, longer)?.pValue).toBeCloseTo(1, 9);
});

test.each([
  [{}, { a: 1 }],
  [{ a: 1 }, {}],
  [{ a: 0 }, { a: 3 }],
])('a window without a count cannot be compared: %j and %j', (reference, current) => {
  expect(stabilityIndex(reference, current)).toBeUndefined();
  expect(jensenShannonDistance(reference, current)).toBeUndefined();
  expect(chiSquare(reference, current)).toBeUndefined();
});

test('in one bucket nothing can differ', () => {
  expect(chiSquare({ a: 5 }, { a: 9 })).toBeUndefined();
  expect(stabilityIndex({ a: 5 }, { a: 9 })).toBe(0);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a count of %p is refused', (count) => {
  for (const compare of [stabilityIndex, jensenShannonDivergence, chiSquare]) {
    expect(() => compare({ a: 1 }, { b: count })).toThrow(
      new RangeError(`current: bucket b must count at least 0, not ${count}`),
    );
  }
});
