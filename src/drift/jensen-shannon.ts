import { type BucketCounts, pairBuckets, sharesOf } from './shares.ts';

/**
 * The Jensen–Shannon divergence of two windows over the same buckets, in bits: 0 where their shares are alike, 1 where
 * they have no bucket in common (Lin, "Divergence measures based on the Shannon entropy", 1991). Needs no smoothing.
 * Undefined where a window has no counts.
 * @throws RangeError for a count that is negative or no number
 */
export function jensenShannonDivergence(reference: BucketCounts, current: BucketCounts): number | undefined {
  const pairs = pairBuckets(reference, current);
  if (pairs.length === 0) return undefined;
  const bits = sharesOf(pairs).reduce((sum, share) => {
    const middle = (share.reference + share.current) / 2;
    return sum + (bitsTo(middle, share.reference) + bitsTo(middle, share.current)) / 2;
  }, 0);
  // Rounding may lead a little out of it.
  return Math.max(0, Math.min(1, bits));
}

/** The square root of the divergence, which is a metric: 0 to 1. */
export function jensenShannonDistance(reference: BucketCounts, current: BucketCounts): number | undefined {
  const divergence = jensenShannonDivergence(reference, current);
  return divergence === undefined ? undefined : Math.sqrt(divergence);
}

const bitsTo = (middle: number, share: number) => (share === 0 ? 0 : share * Math.log2(share / middle));
