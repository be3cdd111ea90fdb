import type { Outcome } from '../api/evidence.ts';
import type { Answer } from './answer.ts';
import type { KeptContent } from './privacy/kept-content.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from './table.ts';
import type { TraceIds } from './telemetry/histogram.ts';

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
  backend?: BackendTarget | undefined;
  /** What was sent to the provider, without messages. */
  parameters: Record<string, unknown>;
  /** What was said to the model, in the form of the endpoint called. */
  messages: unknown;
  /** Its hash, where that has been made already. */
  promptHash?: string | undefined;
  /** Whether not even hashes of what was said are recorded. */
  unlogged?: boolean | undefined;
  /** What is recorded of what was said; absent where nothing but hashes is. */
  kept?: KeptContent | undefined;
  stream: boolean;
  status: number;
  outcome: Outcome;
  answer?: Answer | undefined;
  /** In millionths of a USD; absent where tokens or price are unknown. */
  cost?: number | undefined;
  /** What the cost would take to be known, where the provider was at work and it is not. */
  unpriced?: 'usage' | 'price' | undefined;
  latencyMs: number;
  firstTokenMs?: number | undefined;
  /** The revision that failed before this one answered. */
  rescued?: { revision: string; outcome: Outcome } | undefined;
  fallback: boolean;
  /** How often a backend was asked, over fallbacks, retries and a rescue. */
  tries?: number | undefined;
  degraded: boolean;
  /** How old the stored answer was that was given, in ms; absent where a backend was asked. */
  cacheAgeMs?: number | undefined;
  /** The trace of the call, where it is sent to a collector. */
  trace?: TraceIds | undefined;
  /** Who called, where callers are told apart. */
  caller?: string | undefined;
}

export interface RecordSink {
  write(record: CallRecord): void;
  /** Records that were lost because the stream or file did not keep up, or broke. */
  dropped(): number;
  /** Resolves when everything that waits has been written, or is lost. For the end only. */
  flush(): Promise<void>;
}
