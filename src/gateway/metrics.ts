import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Opinion } from './cells.ts';
import type { ErrorCode } from './errors.ts';
import type { CallRecord } from './record.ts';
import { revisionFamilies, type SAMPLED } from './revision-families.ts';
import { type RevisionLabels, revisionSeries } from './series.ts';
import type { Table } from './table.ts';
import { OPENMETRICS, openMetrics, wantsOpenMetrics } from './telemetry/openmetrics.ts';
import type { Family } from './telemetry/otlp/metrics.ts';
import type { Otlp } from './telemetry/otlp/otlp.ts';

export interface GatewayMetrics {
  began(): void;
  /** Counts a call whose `began` was counted. */
  ended(record: CallRecord | undefined): void;
  /** Counts a copy of a call, which served nobody. */
  copied(record: CallRecord): void;
  /** Counts a copy that was not sent: too many were under way, a daily budget was used up, or it would change a conversation. */
  skipped(labels: RevisionLabels): void;
  /** Counts an answer that suites were to score, by what became of it. */
  sampled(labels: RevisionLabels, result: (typeof SAMPLED)[number]): void;
  /** Counts what was found private in a call, by what becomes of it. */
  found(labels: RevisionLabels, action: string, counts: ReadonlyMap<string, number>): void;
  /** Counts a request that the gateway refused by itself, before it was a call. */
  refused(code: ErrorCode): void;
  /** Counts feedback for the revision that answered. */
  feedback(labels: RevisionLabels, opinion: Opinion): void;
  swapped(table: Table): void;
  /** All that is counted, in the form that an `Accept` asks for. */
  text(accept?: string): Promise<{ text: string; type: string }>;
  /** The same, for a collector. */
  families(): Promise<readonly Family[]>;
}

/** Prometheus metrics; where traces are sent, with examples of calls at the buckets. Labels come from resources only: nothing that a caller sends makes a series. */
export function gatewayMetrics(
  recordsDropped: () => number,
  clock?: Parameters<typeof revisionSeries>[1],
  registry = new Registry(),
  otlp?: Pick<Otlp, 'dropped' | 'tracer'>,
): GatewayMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const traced = otlp?.tracer !== undefined;
  const name = (suffix: string) => `sluice_gateway_${suffix}`;
  const of = revisionFamilies(registry, traced);
  const refused = new Counter({
    name: name('refused_total'),
    help: 'Requests that were refused before any provider was asked, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  let inFlight = 0;
  new Gauge({
    name: name('calls_in_flight'),
    help: 'Calls under way.',
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const swaps = new Counter({ name: name('table_swaps_total'), help: 'New tables.', registers });
  const size = new Gauge({
    name: name('releases'),
    help: 'Releases and routes in the table.',
    // Of several processes each has the whole table.
    aggregator: 'max',
    registers,
  });
  new Gauge({
    name: name('records_dropped'),
    help: 'Call records lost since the start because their stream or file did not keep up or broke.',
    registers,
    collect() {
      this.set(recordsDropped());
    },
  });

  if (otlp !== undefined) {
    new Gauge({
      name: name('otlp_dropped'),
      help: 'Spans, requests with metrics and log records lost since the start: too many waited, or the collector did not take them.',
      labelNames: ['signal'],
      registers,
      collect() {
        for (const [signal, lost] of Object.entries(otlp.dropped())) this.set({ signal }, lost);
      },
    });
  }

  const series = revisionSeries(of.remove, clock);
  let table: Table | undefined;
  const seriesOf = ({ entry, revision }: CallRecord): RevisionLabels => {
    const { kind, namespace, name: releaseName } = entry;
    return series.used({ kind, namespace, release: releaseName, revision });
  };
  const countTokens = (labels: RevisionLabels, { answer, cost, unpriced: reason }: CallRecord): void => {
    if (cost !== undefined) of.costs.inc(labels, undefined, cost / 1e6);
    else if (reason !== undefined) of.unpriced.inc({ ...labels, reason });
    if (answer?.usage === undefined) return;
    of.tokens.inc(labels, 'input', answer.usage.inputTokens);
    of.tokens.inc(labels, 'output', answer.usage.outputTokens);
  };

  // Its types know nothing of the names and examples that histograms' values have.
  const families = async () => (await registry.getMetricsAsJSON()) as Family[];

  return {
    began: () => void inFlight++,
    ended(record) {
      inFlight--;
      if (record === undefined) return;
      const { outcome, rescued } = record;
      const labels = seriesOf(record);
      of.calls.inc(labels, outcome, 1);
      // How long a revision takes is told by the calls that it was asked.
      if (record.cacheAgeMs === undefined) {
        of.duration.observe(labels, record.latencyMs / 1000, record.trace);
        if (record.stream && record.firstTokenMs !== undefined)
          of.firstToken.observe(labels, record.firstTokenMs / 1000, record.trace);
      }
      countTokens(labels, record);
      if (rescued !== undefined) {
        const failed = series.used({ ...labels, revision: rescued.revision });
        of.rescues.inc({ ...failed, outcome: rescued.outcome });
      }
      if (record.fallback) of.fallbacks.inc(labels);
    },
    copied(record) {
      const labels = seriesOf(record);
      of.copies.inc({ ...labels, outcome: record.outcome });
      countTokens(labels, record);
    },
    skipped: (labels) => of.skipped.inc(series.used(labels)),
    sampled: (labels, result) => of.samples.inc({ ...series.used(labels), result }),
    found(labels, action, counts) {
      const own = series.used(labels);
      for (const [kind, count] of counts) of.found(own, kind, action, count);
    },
    refused: (code) => refused.inc({ code }),
    feedback(labels, { thumb, score }) {
      const own = series.used(labels);
      if (thumb !== undefined) of.feedback.inc({ ...own, feedback: `thumb_${thumb}` });
      if (score !== undefined) of.feedback.inc({ ...own, feedback: 'score' });
    },
    swapped(next) {
      swaps.inc();
      size.set(next.entries.size);
      table = next;
    },
    async text(accept) {
      if (table !== undefined) series.follow(table);
      if (traced && wantsOpenMetrics(accept))
        return { text: openMetrics(await families()), type: OPENMETRICS };
      return { text: await registry.metrics(), type: registry.contentType };
    },
    families() {
      if (table !== undefined) series.follow(table);
      return families();
    },
  };
}
