import type { CustomHistograms } from '../../api/evidence.ts';
import type { NativeHistogram, Sample } from './answer.ts';
import { checkSeries, countOf, numberOf, seriesId } from './series.ts';

type Cumulative = [bound: number, count: number][];

/**
 * Histograms by the id of their labels, `le` left out, each as cumulative counts that end at infinity.
 * @throws Error in words for a person where they are no histograms.
 */
export function histogramsOf(samples: readonly Sample[]): CustomHistograms['histograms'] {
  const found = new Map<string, Cumulative>();
  const classic = new Map<string, Cumulative>();
  for (const { metric, value, histogram } of samples) {
    if (histogram !== undefined) {
      found.set(seriesId(metric), native(histogram[1]));
      continue;
    }
    const { le, ...labels } = metric;
    if (le === undefined || value === undefined) {
      throw new Error('gives series without le: select the _bucket series, or a native histogram');
    }
    const id = seriesId(labels);
    const buckets = classic.get(id) ?? [];
    classic.set(id, buckets);
    buckets.push([boundOf(le), countOf(value[1])]);
  }
  checkSeries(found.size + classic.size);
  for (const [id, buckets] of classic) found.set(id, ascending(buckets));
  return Object.fromEntries(found);
}

function boundOf(text: string): number {
  const bound = numberOf(text);
  if (!Number.isNaN(bound)) return bound;
  throw new Error('gives a bucket whose bound is no number: select the _bucket series of a histogram');
}

/** Buckets of one series in order. A count that falls, as after a sum, is raised: histogram_quantile does the same. */
function ascending(buckets: Cumulative): Cumulative {
  const ordered: Cumulative = [];
  for (const [bound, count] of buckets.sort(([one], [other]) => (one < other ? -1 : 1))) {
    const last = ordered.at(-1);
    const raised = Math.max(count, last?.[1] ?? 0);
    if (last?.[0] === bound) last[1] = raised;
    else ordered.push([bound, raised]);
  }
  if (ordered.at(-1)?.[0] === Number.POSITIVE_INFINITY) return ordered;
  throw new Error('gives no bucket le="+Inf": select all buckets of the histogram');
}

/**
 * Only buckets that hold something are listed: the left edge after a gap is a bound too, so that between any two bounds
 * it is known that nothing lies there. What is in no bucket, which is NaN, is above all bounds.
 */
function native({ count, buckets }: NativeHistogram): Cumulative {
  const cumulative: Cumulative = [];
  let sum = 0;
  for (const [, leftText, rightText, inBucket] of buckets) {
    const [left, right] = [boundOf(leftText), boundOf(rightText)];
    if (left > (cumulative.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY)) cumulative.push([left, sum]);
    sum += countOf(inBucket);
    cumulative.push([right, sum]);
  }
  const all = Math.max(sum, countOf(count));
  if (cumulative.at(-1)?.[0] === Number.POSITIVE_INFINITY) cumulative.pop();
  return [...cumulative, [Number.POSITIVE_INFINITY, all]];
}
