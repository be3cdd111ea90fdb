import fc from 'fast-check';
import { bucketOf, lowerBound, middleOf } from './buckets.ts';

describe('buckets', () => {
  test('every value lies in its bucket, and bounds are 2^(1/8) apart', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.0001, max: 1e12, noNaN: true }), (value) => {
        const bucket = bucketOf(value);
        expect(lowerBound(bucket)).toBeLessThanOrEqual(value * (1 + 1e-12));
        expect(lowerBound(bucket + 1)).toBeGreaterThan(value * (1 - 1e-12));
      }),
    );
    expect(lowerBound(9) / lowerBound(8)).toBeCloseTo(2 ** (1 / 8), 12);
  });

  test('whole doublings begin buckets', () => {
    expect([1, 2, 4, 1024].map(bucketOf)).toEqual([0, 8, 16, 80]);
  });

  test('what is below 1, or no number, is in the lowest; what is beyond all in the highest', () => {
    expect([0, 0.999, Number.NaN].map(bucketOf)).toEqual([-1, -1, -1]);
    expect([lowerBound(-1), bucketOf(Number.POSITIVE_INFINITY), bucketOf(1e30)]).toEqual([0, 400, 400]);
  });

  test('the middle of a bucket is in it', () => {
    for (const bucket of [-1, 0, 7, 80, 399]) expect(bucketOf(middleOf(bucket))).toBe(bucket);
  });
});
