import { Histogram, type HistogramConfiguration, type LabelValues, Registry } from 'prom-client';

/** The trace of a call, by which an example in a histogram is found. */
export interface TraceIds {
  traceId: string;
  spanId: string;
}

/** A histogram whose buckets may each name the last call that fell into it. The labels of a series are the same object whenever it is named. */
export interface ExemplarHistogram<L extends string> {
  observe(labels: LabelValues<L>, value: number, trace?: TraceIds): void;
  remove(labels: LabelValues<L>): void;
}

/** What prom-client keeps of a series. */
interface Series {
  labels: object;
  bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/**
 * A histogram of `registry`, with examples or, as any other, without. What has none is counted where prom-client would count it:
 * its own way there takes several times the count, and calls are many.
 */
export function exemplarHistogram<L extends string>(
  registry: Registry,
  config: Omit<HistogramConfiguration<L>, 'registers'>,
  exemplars: boolean,
): ExemplarHistogram<L> {
  // prom-client takes such histograms by the registry's type alone, and rewrites names of counters when it writes that
  // type itself: see `openmetrics.ts`.
  const type = registry.contentType;
  if (exemplars) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as typeof type);
  const histogram = new Histogram({ ...config, enableExemplars: exemplars, registers: [registry] });
  registry.setContentType(type);
  // Its types do not say where that is; a test does.
  const { hashMap } = histogram as unknown as { hashMap: Record<string, Series> };
  const bounds = (config.buckets ?? []).map((bound) => ({ bound, name: String(bound) }));
  const known = new WeakMap<object, Series>();

  return {
    observe(labels, value, trace) {
      const own = known.get(labels);
      if (own !== undefined && trace === undefined) {
        own.sum += value;
        own.count++;
        const bucket = bounds.find(({ bound }) => value <= bound);
        if (bucket !== undefined) own.bucketValues[bucket.name]!++;
        return;
      }
      if (exemplars) histogram.observe({ labels, value, ...(trace && { exemplarLabels: labelsOf(trace) }) });
      else histogram.observe(labels, value);
      const made = own ?? Object.values(hashMap).find((each) => each.labels === labels);
      if (made !== undefined) known.set(labels, made);
    },
    remove(labels) {
      known.delete(labels);
      histogram.remove(labels);
    },
  };
}

// prom-client's types take them for labels of the histogram.
const labelsOf = ({ traceId, spanId }: TraceIds) => ({ trace_id: traceId, span_id: spanId }) as object;
