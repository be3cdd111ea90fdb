import { vectors } from '../../test/drift/vectors.ts';
import { drawNormal, seededRandom } from '../lib/random.ts';
import { addToCusum, cusum, NO_SUMS, shiftedTo, USUAL_CUSUM } from './cusum.ts';

const reference = { mean: 0.9, deviation: 0.02 };

test('sums worked out by hand', () => {
  const sums = cusum([0.9, 0.86, 0.88, 0.86], reference);
  expect(sums.above).toBe(0);
  expect(sums.below).toBeCloseTo(0 + 1.5 + 0.5 + 1.5, 9);
  expect(addToCusum(sums, 0.96, reference)).toEqual({
    above: expect.closeTo(2.5, 9),
    below: expect.closeTo(0, 9),
  });
});

test('values at the mean never add up, on neither side', () => {
  expect(cusum(Array(1_000).fill(0.905), reference)).toEqual(NO_SUMS);
});

test('a slight fall that lasts is told, a single bad value is not', () => {
  expect(shiftedTo(cusum([0.9, 0.9, 0.8, 0.9, 0.9, 0.9], reference))).toBeUndefined();
  expect(shiftedTo(cusum(Array(6).fill(0.87), reference))).toBe('below');
  expect(shiftedTo(cusum(Array(6).fill(0.93), reference))).toBe('above');
});

test.each(vectors.runLengths)(
  'signals after as many values as it is said to: %j',
  ({ shift, slack, limit, mean }) => {
    const random = seededRandom(11);
    const settings = { slack, limit };
    const runs = 600;
    let values = 0;
    for (let run = 0; run < runs; run++) {
      let sums = NO_SUMS;
      while (sums.below <= limit) {
        sums = addToCusum(sums, -shift + drawNormal(random), { mean: 0, deviation: 1 }, settings);
        values++;
      }
    }
    // The length of a run is about as spread as it is long.
    expect(Math.abs(values / runs / mean - 1)).toBeLessThan(4 / Math.sqrt(runs));
  },
);

test('the usual settings signal as seldom and as soon as they are said to', () => {
  const meanAt = (at: number) =>
    vectors.runLengths.find(
      ({ shift, slack, limit }) => shift === at && slack === USUAL_CUSUM.slack && limit === USUAL_CUSUM.limit,
    )?.mean;
  expect([meanAt(0), meanAt(1), meanAt(2)].map((mean) => Math.floor(mean ?? 0))).toEqual([930, 10, 4]);
});

test.each([0, -1, Number.NaN])('a deviation of %p is refused', (deviation) => {
  expect(() => addToCusum(NO_SUMS, 1, { mean: 1, deviation })).toThrow(
    new RangeError(`a standard deviation must be above 0, not ${deviation}`),
  );
});

test('a value that is no number is refused', () => {
  expect(() => cusum([Number.NaN], reference)).toThrow(new RangeError('a value must be a number, not NaN'));
});
