/** Bounds of buckets per doubling: neighbours differ by the factor 2^(1/8), about 9 %. */
export const BUCKETS_PER_DOUBLING = 8;

/** The bucket of values below 1, zero included. */
export const LOWEST_BUCKET = -1;
/** 2^50: no latency in ms, cost in millionths of a dollar or count of tokens comes near. */
export const HIGHEST_BUCKET = 400;

/**
 * The bucket of a value of at least 0: `b` holds values from 2^(b/8) to below 2^((b+1)/8), −1 those below 1. Whoever
 * counts picks a unit in which values below 1 need not be told apart: ms, millionths of a dollar, tokens.
 */
export function bucketOf(value: number): number {
  if (!(value >= 1)) return LOWEST_BUCKET;
  return Math.min(HIGHEST_BUCKET, Math.floor(Math.log2(value) * BUCKETS_PER_DOUBLING));
}

/** The lowest value of a bucket; 0 for the one of values below 1. */
export function lowerBound(bucket: number): number {
  return bucket <= LOWEST_BUCKET ? 0 : 2 ** (bucket / BUCKETS_PER_DOUBLING);
}

/** A value that stands for all of a bucket: the geometric middle of its bounds. */
export function middleOf(bucket: number): number {
  return bucket <= LOWEST_BUCKET ? 0.5 : 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
}
