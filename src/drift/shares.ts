/** How many fell into each bucket of a window, by the bucket's name; a bucket that is not named counted none. */
export type BucketCounts = Readonly<Record<string, number>>;

/** One bucket that at least one of two windows has counted something in. */
export interface BucketPair {
  reference: number;
  current: number;
}

/**
 * The buckets of two windows side by side; empty where either window counted nothing at all, for which no comparison can
 * be made.
 * @throws RangeError for a count that is negative or no number
 */
export function pairBuckets(reference: BucketCounts, current: BucketCounts): BucketPair[] {
  const [before, after] = [countsOf('reference', reference), countsOf('current', current)];
  if (before.size === 0 || after.size === 0) return [];
  return [...new Set([...before.keys(), ...after.keys()])].map((bucket) => ({
    reference: before.get(bucket) ?? 0,
    current: after.get(bucket) ?? 0,
  }));
}

/** What of its window each bucket has, `extra` added to all counts first. */
export function sharesOf(pairs: readonly BucketPair[], extra = 0): BucketPair[] {
  const totals = totalsOf(pairs);
  return pairs.map(({ reference, current }) => ({
    reference: (reference + extra) / (totals.reference + extra * pairs.length),
    current: (current + extra) / (totals.current + extra * pairs.length),
  }));
}

/** All that the two windows counted. */
export function totalsOf(pairs: readonly BucketPair[]): BucketPair {
  return pairs.reduce(
    (sum, pair) => ({ reference: sum.reference + pair.reference, current: sum.current + pair.current }),
    { reference: 0, current: 0 },
  );
}

function countsOf(window: string, counts: BucketCounts): Map<string, number> {
  for (const [bucket, count] of Object.entries(counts)) {
    if (!(count >= 0 && Number.isFinite(count))) {
      throw new RangeError(`${window}: bucket ${bucket} must count at least 0, not ${count}`);
    }
  }
  return new Map(Object.entries(counts).filter(([, count]) => count > 0));
}
