import { middleOf } from '../lib/buckets.ts';
import { LENGTH_EIGHTHS } from '../traits/traits.ts';

type Counts = Readonly<Record<string, number>>;

/** The length that half of the texts do not pass, as its bucket tells it. */
export function typicalLength(lengths: Counts): string {
  const buckets = Object.entries(lengths).toSorted(([one], [other]) => Number(one) - Number(other));
  const half = buckets.reduce((sum, [, times]) => sum + times, 0) / 2;
  let passed = 0;
  for (const [bucket, times] of buckets) {
    passed += times;
    if (passed < half) continue;
    const middle = middleOf((Number(bucket) + 0.5) * LENGTH_EIGHTHS - 0.5);
    return String(Math.round(Number(middle.toPrecision(2))));
  }
  return '0';
}

/** The most frequent buckets, and how often each came. */
export function shares(counts: Counts): string {
  return mostFrequent(counts)
    .map(([bucket, times]) => `${bucket} ${times}×`)
    .join(', ');
}

/** The most frequent buckets in percent. */
export function percents(counts: Counts): string {
  const all = Object.values(counts).reduce((sum, times) => sum + times, 0);
  return mostFrequent(counts)
    .map(([bucket, times]) => `${bucket} ${((100 * times) / all).toFixed(1)}%`)
    .join(', ');
}

const mostFrequent = (counts: Counts) =>
  Object.entries(counts)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 3);
