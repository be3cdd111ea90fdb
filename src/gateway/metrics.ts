import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { OUTCOMES, type Outcome } from '../api/evidence.ts';
import type { Opinion } from './cells.ts';
import type { ErrorCode } from './errors.ts';
import type { CallRecord } from './record.ts';
import { type RevisionLabels, revisionSeries } from './series.ts';
import type { Table } from './table.ts';
import { gatheredCounter } from './telemetry/gathered-counter.ts';
import { exemplarHistogram } from './telemetry/histogram.ts';
import { OPENMETRICS, openMetrics, wantsOpenMetrics } from './telemetry/openmetrics.ts';
import type { Family } from './telemetry/otlp/metrics.ts';
import type { Otlp } from './telemetry/otlp/otlp.ts';

export interface GatewayMetrics {
  began(): void;
  /** Counts a call whose `began` was counted. */
  ended(record: CallRecord | undefined): void;
  /** Counts a copy of a call, which served nobody. */
  copied(record: CallRecord): void;
  /** Counts a copy that was not sent since too many were under way, or a daily budget was used up. */
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

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const DIRECTIONS = ['input', 'output'] as const;
const UNPRICED = ['usage', 'price'] as const;
const SAMPLED = ['kept', 'dropped', 'too_long'] as const;
const FEEDBACK = ['thumb_up', 'thumb_down', 'score'] as const;

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
  const release = ['kind', 'namespace', 'release', 'revision'] as const;
  const name = (suffix: string) => `sluice_gateway_${suffix}`;

  const gathered = <V extends string>(suffix: string, help: string, label: string) => {
    const config = { name: name(suffix), help, labelNames: [...release, label], registers };
    return gatheredCounter<RevisionLabels, V>(config, label);
  };
  const calls = gathered<Outcome>(
    'calls_total',
    'Calls by the revision that answered and by outcome.',
    'outcome',
  );
  const tokens = gathered<(typeof DIRECTIONS)[number]>(
    'tokens_total',
    'Tokens as the provider reports them, those of copies in shadow included.',
    'direction',
  );
  const costs = new Counter({
    name: name('cost_usd_total'),
    help: 'What calls have cost in USD, where tokens and price are known, those of copies in shadow included.',
    labelNames: release,
    registers,
  });
  const unpriced = new Counter({
    name: name('calls_unpriced_total'),
    help: 'Calls and copies in shadow that a provider was at work on and whose cost is not known, by what of it is not.',
    labelNames: [...release, 'reason'],
    registers,
  });
  const histogram = (suffix: string, help: string) => {
    const config = { name: name(suffix), help, labelNames: release, buckets: SECONDS };
    return exemplarHistogram(registry, config, traced);
  };
  const duration = histogram('call_duration_seconds', 'Time from a call to the end of its answer.');
  const firstToken = histogram(
    'first_token_seconds',
    'Time from a streamed call to the first byte of its answer.',
  );
  const rescues = new Counter({
    name: name('rescues_total'),
    help: 'Calls that failed on the candidate named and were answered by stable.',
    labelNames: [...release, 'outcome'],
    registers,
  });
  const fallbacks = new Counter({
    name: name('fallbacks_total'),
    help: "Calls that were answered by another backend than the first of the revision's list, be that one passed over, too dear or failed.",
    labelNames: release,
    registers,
  });
  const copies = new Counter({
    name: name('shadow_copies_total'),
    help: 'Copies of calls that a revision in shadow answered, by outcome.',
    labelNames: [...release, 'outcome'],
    registers,
  });
  const skipped = new Counter({
    name: name('shadow_skipped_total'),
    help: 'Copies that were not sent since too many were under way or a daily budget was used up.',
    labelNames: release,
    registers,
  });
  const samples = new Counter({
    name: name('samples_total'),
    help: 'Answers drawn for suites to score; dropped: too many waited.',
    labelNames: [...release, 'result'],
    registers,
  });
  const feedback = new Counter({
    name: name('feedback_total'),
    help: 'Feedback by the revision that answered: thumbs, and scores of any value.',
    labelNames: [...release, 'feedback'],
    registers,
  });
  const found = new Counter({
    name: name('private_total'),
    help: 'What was found private in calls of a route, by kind and by what becomes of it; what comes twice counts twice.',
    labelNames: [...release, 'found', 'action'],
    registers,
  });
  /** Kinds and actions of each revision, since patterns are named by whoever writes the route. */
  const foundOf = new Map<RevisionLabels, Map<string, { found: string; action: string }>>();
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

  const series = revisionSeries((labels) => {
    for (const outcome of OUTCOMES) {
      calls.remove(labels, outcome);
      rescues.remove({ ...labels, outcome });
      copies.remove({ ...labels, outcome });
    }
    for (const said of FEEDBACK) feedback.remove({ ...labels, feedback: said });
    for (const result of SAMPLED) samples.remove({ ...labels, result });
    for (const direction of DIRECTIONS) tokens.remove(labels, direction);
    costs.remove(labels);
    for (const reason of UNPRICED) unpriced.remove({ ...labels, reason });
    duration.remove(labels);
    firstToken.remove(labels);
    fallbacks.remove(labels);
    skipped.remove(labels);
    for (const own of foundOf.get(labels)?.values() ?? []) found.remove({ ...labels, ...own });
    foundOf.delete(labels);
  }, clock);
  let table: Table | undefined;
  const seriesOf = ({ entry, revision }: CallRecord): RevisionLabels => {
    const { kind, namespace, name: releaseName } = entry;
    return series.used({ kind, namespace, release: releaseName, revision });
  };
  const countTokens = (labels: RevisionLabels, { answer, cost, unpriced: reason }: CallRecord): void => {
    if (cost !== undefined) costs.inc(labels, cost / 1e6);
    else if (reason !== undefined) unpriced.inc({ ...labels, reason });
    if (answer?.usage === undefined) return;
    tokens.inc(labels, 'input', answer.usage.inputTokens);
    tokens.inc(labels, 'output', answer.usage.outputTokens);
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
      calls.inc(labels, outcome, 1);
      // How long a revision takes is told by the calls that it was asked.
      if (record.cacheAgeMs === undefined) {
        duration.observe(labels, record.latencyMs / 1000, record.trace);
        if (record.stream && record.firstTokenMs !== undefined)
          firstToken.observe(labels, record.firstTokenMs / 1000, record.trace);
      }
      countTokens(labels, record);
      if (rescued !== undefined) {
        const failed = series.used({ ...labels, revision: rescued.revision });
        rescues.inc({ ...failed, outcome: rescued.outcome });
      }
      if (record.fallback) fallbacks.inc(labels);
    },
    copied(record) {
      const labels = seriesOf(record);
      copies.inc({ ...labels, outcome: record.outcome });
      countTokens(labels, record);
    },
    skipped: (labels) => skipped.inc(series.used(labels)),
    sampled: (labels, result) => samples.inc({ ...series.used(labels), result }),
    found(labels, action, counts) {
      const of = series.used(labels);
      const known = foundOf.get(of) ?? new Map();
      foundOf.set(of, known);
      for (const [kind, count] of counts) {
        const own = { found: kind, action };
        known.set(`${kind} ${action}`, own);
        found.inc({ ...of, ...own }, count);
      }
    },
    refused: (code) => refused.inc({ code }),
    feedback(labels, { thumb, score }) {
      const of = series.used(labels);
      if (thumb !== undefined) feedback.inc({ ...of, feedback: `thumb_${thumb}` });
      if (score !== undefined) feedback.inc({ ...of, feedback: 'score' });
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
