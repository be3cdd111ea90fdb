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

interface Numbers {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
  readonly size: number;
}

/** Names of buckets are text, and reading them is most of the work: each histogram is read once. None changes once made. */
const READ = new WeakMap<Buckets, Numbers>();

function numbersOf(histogram: Buckets): Numbers {
  const known = READ.get(histogram);
  if (known !== undefined) return known;
  const buckets: number[] = [];
  const counts: number[] = [];
  let size = 0;
  for (const name in histogram) {
    const count = histogram[name]!;
    buckets.push(Number(name));
    counts.push(count);
    size += count;
  }
  const numbers = { buckets, counts, size };
  READ.set(histogram, numbers);
  return numbers;
}

/** Counts by bucket number, in no order. */
export function entriesOf(histogram: Buckets): [bucket: number, count: number][] {
  const { buckets, counts } = numbersOf(histogram);
  return buckets.map((bucket, at) => [bucket, counts[at]!]);
}

export function sizeOf(histogram: Buckets): number {
  return numbersOf(histogram).size;
}

/** How many values are in bucket `edge` or a higher one. */
export function countFrom(histogram: Buckets, edge: number): number {
  const { buckets, counts } = numbersOf(histogram);
  let count = 0;
  for (let at = 0; at < buckets.length; at++) if (buckets[at]! >= edge) count += counts[at]!;
  return count;
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
export function checkBuckets(whose: string, histogram: Buckets, lowest: number, highest: number): void {
  const { buckets, counts } = numbersOf(histogram);
  for (let at = 0; at < buckets.length; at++) {
    const [bucket, count] = [buckets[at]!, counts[at]!];
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
