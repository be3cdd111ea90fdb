import { type BucketCounts, pairBuckets, sharesOf } from './shares.ts';

/** Half a count more in each bucket (Jeffreys): one that a window has nothing in does not make the index infinite. */
const SMOOTHING = 0.5;

/**
 * The population stability index Σ (p − q)·ln(p/q) of two windows over the same buckets: 0 where they are alike, without
 * an upper bound. By custom below .1 is stable and above .25 has shifted (Siddiqi, "Credit Risk Scorecards", 2006). With
 * B buckets and n and m counts it is about (B − 1)·(1/n + 1/m) where nothing changed: hold small windows to `chiSquare`
 * too. Undefined where a window has no counts.
 * @throws RangeError for a count that is negative or no number
 */
export function stabilityIndex(reference: BucketCounts, current: BucketCounts): number | undefined {
  const pairs = pairBuckets(reference, current);
  if (pairs.length === 0) return undefined;
  return sharesOf(pairs, SMOOTHING).reduce(
    (sum, share) => sum + (share.current - share.reference) * Math.log(share.current / share.reference),
    0,
  );
}
