import { chiSquareTail } from './chi-square-tail.ts';
import { type BucketCounts, pairBuckets, totalsOf } from './shares.ts';

/** Pearson's test that two windows over the same buckets were drawn alike. */
export interface ChiSquare {
  statistic: number;
  /** Degrees of freedom: buckets less one. */
  degrees: number;
  /** Chance of so large a statistic where nothing changed. An approximation: wants about five counts a bucket. */
  pValue: number;
}

/**
 * Pearson's χ² test of homogeneity, without a continuity correction. Undefined where a window has no counts, or where
 * all counts are in one bucket: nothing can differ then.
 * @throws RangeError for a count that is negative or no number
 */
export function chiSquare(reference: BucketCounts, current: BucketCounts): ChiSquare | undefined {
  const pairs = pairBuckets(reference, current);
  if (pairs.length < 2) return undefined;
  const totals = totalsOf(pairs);
  const share = totals.current / (totals.reference + totals.current);
  const statistic = pairs.reduce((sum, pair) => {
    const both = pair.reference + pair.current;
    const off = pair.current - both * share;
    return sum + off ** 2 / (both * share) + off ** 2 / (both * (1 - share));
  }, 0);
  const degrees = pairs.length - 1;
  return { statistic, degrees, pValue: chiSquareTail(statistic, degrees) };
}
