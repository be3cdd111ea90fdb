import type { Buckets } from '../api/evidence.ts';

/** What both revisions were measured at at the same time and at one weight: values counted by bucket. */
export interface HistogramBlock {
  candidate: Buckets;
  stable: Buckets;
  /** As that of a `Block`. */
  weight?: number;
  /** What to show people instead, where the buckets lean to one side. */
  shown?: { candidate: Buckets; stable: Buckets };
}

/** Counts by bucket number, in no order. */
export function entriesOf(buckets: Buckets): [bucket: number, count: number][] {
  return Object.keys(buckets).map((name) => [Number(name), buckets[name]!]);
}

export function sizeOf(buckets: Buckets): number {
  let size = 0;
  for (const name in buckets) size += buckets[name]!;
  return size;
}

/** How many values are in bucket `edge` or a higher one. */
export function countFrom(buckets: Buckets, edge: number): number {
  return tailOf(buckets)(edge);
}

/** `countFrom` of many edges: bucket names are read once. */
export function tailOf(buckets: Buckets): (edge: number) => number {
  const names = Object.keys(buckets);
  const numbers = names.map(Number);
  const counts = names.map((name) => buckets[name]!);
  return (edge) => {
    let count = 0;
    for (let at = 0; at < numbers.length; at++) if (numbers[at]! >= edge) count += counts[at]!;
    return count;
  };
}

export function addBuckets(one: Buckets, other: Buckets): Buckets {
  const sum = { ...one };
  for (const name in other) sum[name] = (sum[name] ?? 0) + other[name]!;
  return sum;
}

/** The sum of both, under the weight of the first. */
export function addHistograms(one: HistogramBlock, other: HistogramBlock): HistogramBlock {
  return {
    ...one,
    candidate: addBuckets(one.candidate, other.candidate),
    stable: addBuckets(one.stable, other.stable),
  };
}

export function exposureOf({ candidate, stable }: HistogramBlock): { candidate: number; stable: number } {
  return { candidate: sizeOf(candidate), stable: sizeOf(stable) };
}

/** @throws RangeError where a bucket is no whole number in the range, or a count no whole number of at least 0. */
export function checkBuckets(whose: string, buckets: Buckets, lowest: number, highest: number): void {
  for (const name in buckets) {
    const [bucket, count] = [Number(name), buckets[name]!];
    if (!Number.isInteger(bucket) || bucket < lowest || bucket > highest) {
      throw new RangeError(`${whose}: there is no bucket ${bucket}, only ${lowest} to ${highest}`);
    }
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(
        `${whose}: bucket ${bucket} must count a whole number of at least 0, not ${count}`,
      );
    }
  }
}
