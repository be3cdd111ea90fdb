import { createHash } from 'node:crypto';
import type { Outcome } from '../api/evidence.ts';
import type { Answer } from './answer.ts';
import type { KeptContent } from './privacy/kept-content.ts';
import { FIELDS } from './record-fields.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from './table.ts';
import type { TraceIds } from './telemetry/histogram.ts';
import type { LineSink } from './telemetry/lines.ts';

/** One call, as it is accounted for. */
export interface CallRecord {
  id: string;
  at: Date;
  entry: PromptEntry | RouteEntry;
  operation: string;
  /** Revision that answered. */
  revision: string;
  /** `shadow`: a copy of the call of the same id, which served nobody. */
  arm: 'stable' | 'candidate' | 'shadow';
  route: { name: string; revision: string };
  backend?: BackendTarget;
  /** What was sent to the provider, without messages. */
  parameters: Record<string, unknown>;
  /** What was said to the model, in the form of the endpoint called. */
  messages: unknown;
  /** Whether not even hashes of what was said are recorded. */
  unlogged?: boolean;
  /** What is recorded of what was said; absent where nothing but hashes is. */
  kept?: KeptContent;
  stream: boolean;
  status: number;
  outcome: Outcome;
  answer?: Answer;
  /** In millionths of a USD; absent where tokens or price are unknown. */
  cost?: number;
  /** What the cost would take to be known, where the provider was at work and it is not. */
  unpriced?: 'usage' | 'price';
  latencyMs: number;
  firstTokenMs?: number;
  /** The revision that failed before this one answered. */
  rescued?: { revision: string; outcome: Outcome };
  fallback: boolean;
  /** How often a backend was asked, over fallbacks, retries and a rescue. */
  tries?: number;
  degraded: boolean;
  /** The trace of the call, where it is sent to a collector. */
  trace?: TraceIds;
  /** Who called, where callers are told apart. */
  caller?: string;
}

export interface RecordSink {
  write(record: CallRecord): void;
  /** Records that were lost because the stream or file did not keep up, or broke. */
  dropped(): number;
  /** Resolves when everything that waits has been written, or is lost. For the end only. */
  flush(): Promise<void>;
}

/** Writes each call as one JSON line, and hands it to `also`. Where the lines go may lose records and never calls. */
export function recordSink(
  lines: LineSink,
  also?: (record: CallRecord, fields: ReturnType<typeof recordFields>) => void,
): RecordSink {
  return {
    write(record) {
      const fields = recordFields(record);
      lines.write(`${JSON.stringify(fields)}\n`);
      also?.(record, fields);
    },
    dropped: lines.dropped,
    flush: lines.flush,
  };
}

/** A record as it is written: what is not known is undefined. */
export function recordFields(record: CallRecord) {
  const { entry, backend, answer, route, rescued } = record;
  const { usage } = answer ?? {};
  return {
    [FIELDS.time]: record.at.toISOString(),
    [FIELDS.traceId]: record.trace?.traceId,
    [FIELDS.spanId]: record.trace?.spanId,
    [FIELDS.operation]: record.operation,
    [FIELDS.call]: record.id,
    [FIELDS.kind]: entry.kind,
    [FIELDS.namespace]: entry.namespace,
    [FIELDS.release]: entry.name,
    [FIELDS.revision]: record.revision,
    [FIELDS.arm]: record.arm,
    [FIELDS.route]: route.name,
    [FIELDS.routeRevision]: route.revision,
    [FIELDS.backend]: backend?.name,
    [FIELDS.provider]: backend?.provider.name,
    [FIELDS.modelAsked]: backend?.model,
    [FIELDS.modelAnswered]: answer?.modelAnswered,
    [FIELDS.responseId]: answer?.responseId,
    [FIELDS.parameters]: record.parameters,
    [FIELDS.promptHash]: record.unlogged ? undefined : hashOf(JSON.stringify(record.messages)),
    [FIELDS.outputHash]: record.unlogged ? undefined : hashOf(answer?.text),
    [FIELDS.prompt]: record.kept?.prompt(record.messages),
    [FIELDS.output]: answer?.text === undefined ? undefined : record.kept?.answer(answer.text),
    [FIELDS.inputTokens]: usage?.inputTokens,
    [FIELDS.outputTokens]: usage?.outputTokens,
    [FIELDS.cachedTokens]: usage?.cachedInputTokens,
    [FIELDS.cacheCreationTokens]: usage?.cacheCreationTokens,
    [FIELDS.reasoningTokens]: usage?.reasoningTokens,
    [FIELDS.cost]: record.cost === undefined ? undefined : usd(record.cost),
    [FIELDS.prices]: record.cost === undefined ? undefined : backend?.pricesNamedBy,
    [FIELDS.finishReasons]: answer?.finishReason === undefined ? undefined : [answer.finishReason],
    [FIELDS.toolCalls]: answer?.toolCalls,
    [FIELDS.toolsFailed]: answer?.toolsFailed,
    [FIELDS.outcome]: record.outcome,
    [FIELDS.status]: record.status,
    [FIELDS.stream]: record.stream,
    [FIELDS.latency]: round(record.latencyMs),
    [FIELDS.firstToken]: record.firstTokenMs === undefined ? undefined : round(record.firstTokenMs),
    [FIELDS.rescuedFrom]: rescued?.revision,
    [FIELDS.rescuedOutcome]: rescued?.outcome,
    [FIELDS.fallback]: record.fallback || undefined,
    [FIELDS.tries]: severalTries(record),
    [FIELDS.degraded]: record.degraded || undefined,
    [FIELDS.caller]: record.caller,
    [FIELDS.team]: entry.team,
    [FIELDS.feature]: entry.feature,
  };
}

/** How often backends were asked, where it was more than once: nearly all calls take one, which is not said. */
export const severalTries = ({ tries = 1 }: CallRecord): number | undefined =>
  tries > 1 ? tries : undefined;

function hashOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Exact to a millionth of a millionth, without what binary fractions leave behind. */
function usd(millionths: number): number {
  return Number((millionths / 1e6).toFixed(12));
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
