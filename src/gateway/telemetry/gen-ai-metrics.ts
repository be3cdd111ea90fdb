import { Registry } from 'prom-client';
import { isFinished } from '../../api/evidence.ts';
import type { CallRecord } from '../record.ts';
import { FIELDS } from '../record-fields.ts';
import { exemplarHistogram, type TraceIds } from './histogram.ts';
import { ATTRIBUTES, INSTRUMENTS } from './names.ts';
import { type Family, type Naming, otlpMetrics } from './otlp/metrics.ts';

/** The histograms that GenAI's conventions name. */
export interface GenAiMetrics {
  count(record: CallRecord): void;
  /** As OTLP writes them. */
  read(nowMs: number): Promise<object[]>;
}

/** Attributes, by the label that each is kept under. They come from resources; outcomes and tokens are ours to name. */
const LABELS: Readonly<Record<string, string>> = {
  operation: FIELDS.operation,
  provider: FIELDS.provider,
  model: FIELDS.modelAsked,
  namespace: FIELDS.namespace,
  release: FIELDS.release,
  arm: FIELDS.arm,
  error: ATTRIBUTES.errorType,
  token: ATTRIBUTES.tokenType,
};

/** Series that nothing was counted in for so long are forgotten: models and releases come and go. */
const KEPT_MS = 3_600_000;

export function genAiMetrics(clock = () => performance.now(), startMs = Date.now()): GenAiMetrics {
  const registry = new Registry();
  const labelNames = Object.keys(LABELS);
  const histograms = Object.fromEntries(
    Object.entries(INSTRUMENTS).map(([key, { description: help, bounds }]) => {
      const config = { name: key, help, labelNames, buckets: [...bounds] };
      return [key, { ...exemplarHistogram(registry, config, true), used: new Map<string, Used>() }];
    }),
  ) as Record<keyof typeof INSTRUMENTS, ReturnType<typeof exemplarHistogram> & { used: Map<string, Used> }>;

  const observe = (
    instrument: keyof typeof INSTRUMENTS,
    labels: Record<string, string>,
    value: number,
    trace: TraceIds | undefined,
  ) => {
    const histogram = histograms[instrument];
    const key = Object.values(labels).join('/');
    let used = histogram.used.get(key);
    if (used === undefined) {
      used = { labels, at: 0 };
      histogram.used.set(key, used);
    }
    used.at = clock();
    histogram.observe(used.labels, value, trace);
  };
  const forget = () => {
    const limit = clock() - KEPT_MS;
    for (const { used, remove } of Object.values(histograms)) {
      for (const [key, { labels, at }] of used) {
        if (at > limit) continue;
        used.delete(key);
        remove(labels);
      }
    }
  };

  return {
    count(record) {
      const { entry, backend, outcome, answer, trace } = record;
      // Of an answer that was stored the model was asked before.
      if (backend === undefined || record.cacheAgeMs !== undefined) return;
      const labels = {
        operation: record.operation,
        provider: backend.provider.name,
        model: backend.model,
        namespace: entry.namespace,
        release: entry.name,
        arm: record.arm,
        error: isFinished(outcome) ? '' : outcome,
        token: '',
      };
      observe('duration', labels, record.latencyMs / 1000, trace);
      if (record.stream && record.firstTokenMs !== undefined)
        observe('firstToken', labels, record.firstTokenMs / 1000, trace);
      if (answer?.usage === undefined) return;
      const { inputTokens, outputTokens } = answer.usage;
      observe('tokens', { ...labels, error: '', token: 'input' }, inputTokens, trace);
      observe('tokens', { ...labels, error: '', token: 'output' }, outputTokens, trace);
    },
    async read(nowMs) {
      forget();
      const families = (await registry.getMetricsAsJSON()) as Family[];
      return otlpMetrics(families, namingOf, startMs, nowMs);
    },
  };
}

interface Used {
  labels: Record<string, string>;
  at: number;
}

function namingOf({ name: key }: Family): Naming {
  const { name, unit } = INSTRUMENTS[key as keyof typeof INSTRUMENTS];
  return { name, unit, attribute: (label) => LABELS[label] ?? label };
}
