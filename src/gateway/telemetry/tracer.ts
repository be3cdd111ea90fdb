import { randomBytes } from 'node:crypto';
import type { Attempt } from '../attempt.ts';
import type { ErrorCode } from '../errors.ts';
import type { CallRecord } from '../record.ts';
import type { BackendTarget } from '../table.ts';
import type { TraceIds } from './histogram.ts';
import { attemptSpan, callSpan, type TriedBackend } from './spans.ts';
import { readTraceParent, type TraceParent, writeTraceParent } from './traceparent.ts';

export interface Tracer {
  /** Begins the trace of a call, or goes on with its caller's; undefined where it is not traced. `name` is its span's. */
  begin(name: string, traceparent?: string): CallTrace | undefined;
}

/** One call as its trace is made. */
export interface CallTrace {
  /** What records and examples name it by; absent where nobody will see it. */
  ids?: TraceIds;
  /** Begins a span for one try of a backend. */
  attempt(backend: BackendTarget): AttemptTrace;
  /** Sends the spans; a try that has not ended ends now. Without a record the call was refused, or failed in the gateway. */
  end(came: CallRecord | ErrorCode): void;
}

export interface AttemptTrace {
  /** What the provider is told of the trace, where it is told. */
  traceparent?: string;
  /** Ends it, but for a stream, which is read until its call ends. */
  ended(made: Attempt): void;
}

export interface TracerOptions {
  /** Takes a span, as OTLP writes it in JSON. */
  send(span: string): void;
  /** The share (0–1) that is traced of calls whose caller does not say. */
  sample: number;
  tellProviders: boolean;
  random?: () => number;
}

/** Spans are written when their call has ended, so that one under way costs two random numbers and a clock. */
export function tracer({ send, sample, tellProviders, random = Math.random }: TracerOptions): Tracer {
  return {
    begin(name, header) {
      const caller = readTraceParent(header);
      const sampled = caller?.sampled ?? random() < sample;
      // What is not traced is only worth a number where a provider is to hear of it.
      if (!sampled && !tellProviders) return undefined;
      return callTrace(name, caller, sampled);
    },
  };

  function callTrace(name: string, caller: TraceParent | undefined, sampled: boolean): CallTrace {
    const ids = { traceId: caller?.traceId ?? newId(16), spanId: newId(8) };
    const [atMs, began] = [Date.now(), performance.now()];
    const now = () => atMs + performance.now() - began;
    let tried: TriedBackend[] = [];
    let over = false;

    return {
      ...(sampled && { ids }),
      attempt(backend) {
        const made: TriedBackend = { spanId: newId(8), backend, startMs: now() };
        // Copies in shadow come when the call is over.
        if (!over) tried.push(made);
        const told = tellProviders && !over;
        return {
          ...(told && { traceparent: writeTraceParent({ ...ids, spanId: made.spanId, sampled }) }),
          ended(attempt) {
            if (attempt.kind === 'stream') return;
            made.endMs = now();
            if (attempt.kind === 'answer') return;
            const { outcome, passed, unspoken } = attempt;
            if (unspoken) tried = tried.filter((each) => each !== made);
            made.failed = { outcome, ...(passed && { status: passed.status }) };
          },
        };
      },
      end(came) {
        over = true;
        if (!sampled) return;
        const endMs = now();
        const place = { ...ids, ...(caller && { parentSpanId: caller.spanId }) };
        send(JSON.stringify(callSpan(place, name, atMs, endMs, came)));
        for (const each of tried) {
          const of = { traceId: ids.traceId, spanId: each.spanId, parentSpanId: ids.spanId };
          send(JSON.stringify(attemptSpan(of, each, atMs, endMs, came)));
        }
      },
    };
  }
}

const newId = (bytes: number): string => randomBytes(bytes).toString('hex');
