import { SUM_PREFIX } from '../../api/evidence.ts';
import { contentHash } from '../../lib/canonical.ts';
import type { Sample } from './answer.ts';

/** Most series that one query may give for one revision: each is kept apart, as each is reset apart. */
const MOST_SERIES = 200;

/**
 * A short id of a series' labels, the same in every process and at every time. What has no metric name any more is the
 * result of an aggregation or a function, and begins with `SUM_PREFIX`.
 */
export function seriesId(labels: Record<string, string>): string {
  const hash = contentHash(labels).slice(0, 10);
  return labels.__name__ === undefined ? `${SUM_PREFIX}${hash}` : hash;
}

/** @throws Error in words for a person where there are too many to keep. */
export function checkSeries(count: number): void {
  if (count <= MOST_SERIES) return;
  throw new Error(`gives ${count} series, more than ${MOST_SERIES}: select fewer, or sum by fewer labels`);
}

/**
 * Counters by the id of their labels.
 * @throws Error in words for a person where they are no counters.
 */
export function countersOf(samples: readonly Sample[]): Record<string, number> {
  checkSeries(samples.length);
  return Object.fromEntries(
    samples.map(({ metric, value }) => {
      if (value === undefined) {
        throw new Error(
          'gives a native histogram, not a counter: write it as histogram, without bad and total',
        );
      }
      return [seriesId(metric), countOf(value[1])];
    }),
  );
}

/**
 * A sample's value as a count.
 * @throws Error in words for a person where nothing can have been counted so.
 */
export function countOf(value: string): number {
  const count = numberOf(value);
  if (Number.isFinite(count) && count >= 0) return count;
  throw new Error(`gives ${value.slice(0, 32)}: select a raw counter, no ratio, difference or average`);
}

/** A number as Prometheus writes it, `+Inf` and `NaN` among them. */
export function numberOf(text: string): number {
  const infinite = /^([+-]?)Inf$/.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
}
