import { isFinished } from '../../../api/evidence.ts';
import { type Log, messageOf } from '../../../lib/log.ts';
import { systemTimers, type Timers } from '../../../lib/timers.ts';
import type { CallRecord } from '../../record.ts';
import { FIELDS } from '../../record-fields.ts';
import { genAiMetrics } from '../gen-ai-metrics.ts';
import { CALL_EVENT, SCOPE } from '../names.ts';
import { type Tracer, tracer } from '../tracer.ts';
import { otlpClient } from './client.ts';
import { type Family, type Naming, otlpMetrics } from './metrics.ts';
import { otlpQueue } from './queue.ts';
import type { OtlpSettings, Signal } from './settings.ts';
import { attributes, nanoseconds } from './values.ts';

/** What a gateway tells a collector. */
export interface Otlp {
  /** Absent where traces are not sent. */
  tracer?: Tracer;
  /** Takes the record of a call, and the fields that it is written with. Never waits. */
  record(record: CallRecord, fields: Readonly<Record<string, unknown>>): void;
  /** Spans, requests with metrics, and log records that were lost. */
  dropped(): Record<Signal, number>;
  /** From now on sends the metrics that `read` gives. */
  follow(read: () => Promise<readonly Family[]>): void;
  /** Sends what waits, once, and the metrics, for `graceMs` at most. */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 3_000;

/** Speaks to the collector of `settings`. One that is away loses telemetry, which is counted, and never calls. */
export function startOtlp(settings: OtlpSettings, log: Log, timers: Timers = systemTimers): Otlp {
  const { urls, resource, sample, tellProviders, metricsEachMs } = settings;
  const client = otlpClient(settings, log, timers);
  const from = `"resource":${JSON.stringify({ attributes: attributes(resource) })}`;
  const scope = `"scope":${JSON.stringify({ name: SCOPE })}`;
  const sender = (signal: Signal, ofResource: string, ofScope: string, items: string) => {
    return (batch: readonly string[]) => {
      const list = batch.join(',');
      const body = `{"${ofResource}":[{${from},"${ofScope}":[{${scope},"${items}":[${list}]}]}]}`;
      return client.post(signal, body, batch.length);
    };
  };
  const spans = otlpQueue(sender('traces', 'resourceSpans', 'scopeSpans', 'spans'), undefined, timers);
  const logs = otlpQueue(sender('logs', 'resourceLogs', 'scopeLogs', 'logRecords'), undefined, timers);
  const sendMetrics = sender('metrics', 'resourceMetrics', 'scopeMetrics', 'metrics');

  const startMs = Date.now();
  const genAi = genAiMetrics();
  let read: (() => Promise<readonly Family[]>) | undefined;
  let metricsLost = 0;
  let stopped = false;
  let cancel = () => {};
  const tellMetrics = async () => {
    if (read === undefined) return;
    const nowMs = Date.now();
    const ours = (await read()).filter(({ name }) => OURS.test(name));
    const metrics = [...otlpMetrics(ours, namingOf, startMs, nowMs), ...(await genAi.read(nowMs))];
    const list = metrics.map((metric) => JSON.stringify(metric)).join(',');
    if ((await sendMetrics([list])) > 0) metricsLost++;
  };
  const tellEach = () => {
    cancel = timers.after(metricsEachMs, () => {
      tellMetrics()
        .catch((error: unknown) => log.error({ error: messageOf(error) }, 'the metrics could not be made'))
        .finally(() => stopped || tellEach());
    });
  };

  return {
    ...(urls.traces !== undefined && { tracer: tracer({ send: spans.offer, sample, tellProviders }) }),
    record(record, fields) {
      if (urls.metrics !== undefined) genAi.count(record);
      if (urls.logs !== undefined) logs.offer(JSON.stringify(logRecord(record, fields)));
    },
    dropped: () => ({ traces: spans.dropped(), metrics: metricsLost, logs: logs.dropped() }),
    follow(next) {
      if (urls.metrics === undefined) return;
      read = next;
      tellEach();
    },
    async stop(graceMs = GRACE_MS) {
      stopped = true;
      cancel();
      client.end(graceMs);
      await Promise.all([spans.drain(), logs.drain(), tellMetrics().catch(() => {})]);
      await client.close();
    },
  };
}

function logRecord(record: CallRecord, fields: Readonly<Record<string, unknown>>): object {
  const { [FIELDS.time]: _at, [FIELDS.traceId]: traceId, [FIELDS.spanId]: spanId, ...rest } = fields;
  const well = isFinished(record.outcome);
  return {
    timeUnixNano: nanoseconds(record.at.getTime()),
    observedTimeUnixNano: nanoseconds(Date.now()),
    severityNumber: well ? 9 : 13,
    severityText: well ? 'INFO' : 'WARN',
    eventName: CALL_EVENT,
    attributes: attributes(rest),
    traceId,
    spanId,
  };
}

const OURS = /^sluice_([a-z]+)_(\w+)$/;

/** As the conventions would name them, so that Prometheus, given them by a collector, names them as it does by itself. */
function namingOf({ name }: Family): Naming {
  const [, part, rest = ''] = OURS.exec(name) ?? [];
  const bare = rest.replace(/_total$/, '');
  const seconds = bare.endsWith('_seconds');
  return {
    name: `${SCOPE}.${part}.${seconds ? bare.slice(0, -'_seconds'.length) : bare}`,
    ...(seconds && { unit: 's' }),
    attribute: (label) => label,
  };
}
