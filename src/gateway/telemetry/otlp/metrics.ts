import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { attributes, type KeyValue, nanoseconds } from './values.ts';

/** A metric as prom-client tells it; values of histograms have names of their own, and perhaps an example. */
export type Family = MetricObjectWithValues<Value>;

type Value = MetricValue<string> & {
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
};

/** What a metric and its labels are called at a collector. */
export interface Naming {
  name: string;
  unit?: string;
  attribute(label: string): string;
}

/**
 * Metrics as OTLP writes them, sums and histograms cumulative since `startMs`. An empty label is none, and a
 * metric that has counted nothing is left out.
 * @param startMs and nowMs in ms since 1970
 */
export function otlpMetrics(
  families: readonly Family[],
  naming: (family: Family) => Naming,
  startMs: number,
  nowMs: number,
): object[] {
  const at = { startTimeUnixNano: nanoseconds(startMs), timeUnixNano: nanoseconds(nowMs) };
  const counted = families.filter(({ values }) => values.length > 0);
  return counted.map((family) => {
    const { name, unit, attribute } = naming(family);
    const of = { name, description: family.help, ...(unit !== undefined && { unit }) };
    const labelled = (labels: Value['labels']) => attributesOf(labels, attribute);
    if (isHistogram(family)) {
      const dataPoints = histogramPoints(family, labelled).map((point) => ({ ...point, ...at }));
      return { ...of, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } };
    }
    const dataPoints = family.values.map(({ labels, value }) => {
      return { attributes: labelled(labels), ...at, asDouble: value };
    });
    if (!isCounter(family)) return { ...of, gauge: { dataPoints } };
    return { ...of, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
  });
}

const CUMULATIVE = 2;

// prom-client's types say a number here, and it gives a word.
const isHistogram = ({ type }: Family): boolean => String(type) === 'histogram';
const isCounter = ({ type }: Family): boolean => String(type) === 'counter';

function attributesOf(labels: Value['labels'], attribute: Naming['attribute']): KeyValue[] {
  const named: Record<string, unknown> = {};
  for (const [label, value] of Object.entries(labels)) {
    if (label !== 'le' && value !== '') named[attribute(label)] = value;
  }
  return attributes(named);
}

/** One point for each set of labels. prom-client gives its buckets, each with all below it, then its sum and its count. */
function histogramPoints({ name, values }: Family, labelled: (labels: Value['labels']) => KeyValue[]) {
  const points: object[] = [];
  let buckets: Value[] = [];
  let sum = 0;
  for (const value of values) {
    if (value.metricName === `${name}_bucket`) buckets.push(value);
    if (value.metricName === `${name}_sum`) sum = value.value;
    if (value.metricName !== `${name}_count`) continue;
    const below = buckets.map((bucket) => bucket.value);
    points.push({
      attributes: labelled(value.labels),
      count: String(value.value),
      sum,
      bucketCounts: below.map((count, index) => String(count - (below[index - 1] ?? 0))),
      explicitBounds: buckets.map(({ labels }) => labels.le).filter((bound) => bound !== '+Inf'),
      exemplars: buckets.flatMap(exemplarOf),
    });
    buckets = [];
  }
  return points;
}

function exemplarOf({ exemplar }: Value): object[] {
  if (exemplar == null) return [];
  const { trace_id: traceId, span_id: spanId } = exemplar.labelSet;
  return [
    { timeUnixNano: nanoseconds(exemplar.timestamp * 1000), asDouble: exemplar.value, traceId, spanId },
  ];
}
