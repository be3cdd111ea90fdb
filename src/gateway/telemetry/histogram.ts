import { Histogram, type HistogramConfiguration, type LabelValues, Registry } from 'prom-client';

/** The trace of a call, by which an example in a histogram is found. */
export interface TraceIds {
  traceId: string;
  spanId: string;
}

/** A histogram whose buckets may each name the last call that fell into it. */
export interface ExemplarHistogram<L extends string> {
  observe(labels: LabelValues<L>, value: number, trace?: TraceIds): void;
  remove(labels: LabelValues<L>): void;
}

/** A histogram of `registry`, with examples or, as any other, without. */
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
  return {
    observe(labels, value, trace) {
      if (!exemplars) return histogram.observe(labels, value);
      histogram.observe({ labels, value, ...(trace && { exemplarLabels: labelsOf(trace) }) });
    },
    remove: (labels) => histogram.remove(labels),
  };
}

// prom-client's types take them for labels of the histogram.
const labelsOf = ({ traceId, spanId }: TraceIds) => ({ trace_id: traceId, span_id: spanId }) as object;
