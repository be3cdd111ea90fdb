import type { Readable } from 'node:stream';
import type { Outcome } from '../api/evidence.ts';
import { type Answer, type ReadOptions, readPlain, type StreamReader, streamReader } from './answer.ts';
import { BETWEEN_CHUNKS_MS, type Deadline, deadline, Ended } from './deadline.ts';
import { CallError } from './errors.ts';
import type { ProviderKeys } from './keys.ts';
import { type SseEvent, sseSplitter } from './sse.ts';
import type { BackendTarget } from './table.ts';
import type { Upstream, UpstreamResponse } from './upstream.ts';

/** What one backend made of a call, before any byte has gone to the caller. */
export type Attempt =
  | { kind: 'answer'; backend: BackendTarget; status: number; body: Buffer; answer: Answer }
  | { kind: 'stream'; backend: BackendTarget; stream: OpenStream }
  | Failure;

/** Nothing that could be passed on as an answer; `passed` is the provider's own error where it gave one. */
export interface Failure {
  kind: 'failure';
  /** Absent where no backend was asked. */
  backend?: BackendTarget;
  outcome: Outcome;
  error: CallError;
  passed?: { status: number; body: Buffer };
}

/** A stream whose first event has come and is no error. */
export interface OpenStream {
  /** Events that have come already. */
  first: SseEvent[];
  /** What comes after them. */
  rest: AsyncIterable<SseEvent[]>;
  reader: StreamReader;
  /** Whether the caller asked for the usage chunk, so that it may stay. */
  keepUsage: boolean;
  deadline: Deadline;
}

export interface AttemptOptions {
  upstream: Upstream;
  keys: ProviderKeys;
  /** Backends that answer 400 to `stream_options`. */
  withoutUsage: Set<string>;
}

/** Longest plain answer, in bytes. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Statuses after which another backend may do better: this one is busy, broken, or misses the model or a key. */
export function mayFallBack(attempt: Attempt): boolean {
  if (attempt.kind !== 'failure') return false;
  const status = attempt.passed?.status;
  return status === undefined || status >= 500 || [404, 408, 429].includes(status);
}

/**
 * Calls one backend. A plain answer is read whole, a stream up to its first event, so that whatever fails until then can
 * still be answered otherwise. `onDeadline` hands out the clocks, for the caller's cancel.
 */
export async function attempt(
  { upstream, keys, withoutUsage }: AttemptOptions,
  backend: BackendTarget,
  body: Record<string, unknown>,
  read: ReadOptions,
  onDeadline: (clock: Deadline) => void,
): Promise<Attempt> {
  const { provider } = backend;
  if (provider.secret !== undefined && keys.keyFor(provider) === undefined) {
    keys.refused(provider);
    const error = new CallError('provider_key_missing', `the key of provider ${provider.name} is missing`);
    return { kind: 'failure', backend, outcome: 'upstream_4xx', error };
  }
  const streams = body.stream === true;
  const request: Record<string, unknown> = { ...backend.parameters, ...body, model: backend.model };
  const id = `${provider.origin}/${backend.model}`;
  const asksUsage = streams && !withoutUsage.has(id);
  const keepUsage = wantsUsage(request.stream_options);
  if (asksUsage) request.stream_options = { ...asObject(request.stream_options), include_usage: true };

  const clock = deadline(backend.totalMs);
  onDeadline(clock);
  if (streams) clock.within(backend.firstTokenMs, 'the first token');
  try {
    const response = await upstream.send(backend, JSON.stringify(request), clock.signal);
    if (response.status === 200 && streams && isEventStream(response)) {
      const opened = await open(response.body, streamReader(read), clock);
      if ('stream' in opened) return { kind: 'stream', backend, stream: { ...opened.stream, keepUsage } };
      clock.done();
      return failed(backend, opened.outcome, 'the provider answered with an error');
    }
    clock.within(Math.max(BETWEEN_CHUNKS_MS, backend.firstTokenMs), 'the answer');
    const bytes = await readWhole(response.body);
    clock.done();
    if (response.status === 401) keys.refused(provider);
    if (response.status === 400 && asksUsage && !keepUsage && bytes.includes('stream_options')) {
      withoutUsage.add(id);
      return attempt({ upstream, keys, withoutUsage }, backend, body, read, onDeadline);
    }
    const answer = readPlain(response.status, bytes, read);
    if (response.status < 400 && isAnswer(answer))
      return { kind: 'answer', backend, status: response.status, body: bytes, answer };
    if (answer.outcome === 'refusal')
      return { kind: 'answer', backend, status: response.status, body: bytes, answer };
    const failure = failed(backend, answer.outcome, `the provider answered ${response.status}`);
    return mayPass(response.status, bytes, keys.keyFor(provider))
      ? { ...failure, passed: { status: response.status, body: bytes } }
      : failure;
  } catch (error) {
    clock.done();
    return failureOf(backend, error, clock);
  }
}

function failureOf(backend: BackendTarget, error: unknown, { signal }: Deadline): Attempt {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof Ended) {
    const outcome = reason.why === 'timeout' ? 'timeout' : 'client_cancelled';
    return { kind: 'failure', backend, outcome, error: new CallError('provider_timeout', reason.message) };
  }
  // The words of a network error name the provider's address, which is no business of the caller's.
  const message = `provider ${backend.provider.name} could not be reached`;
  return {
    kind: 'failure',
    backend,
    outcome: 'upstream_5xx',
    error: new CallError('provider_unreachable', message),
  };
}

function failed(backend: BackendTarget, outcome: Outcome, message: string) {
  return { kind: 'failure' as const, backend, outcome, error: new CallError('provider_error', message) };
}

/**
 * Whether a caller may see the provider's own error. What is wrong with the gateway's key is none of the caller's
 * business, and providers like to repeat the key they were given.
 */
function mayPass(status: number, body: Buffer, key: string | undefined): boolean {
  if (status < 400 || status === 401 || status === 403) return false;
  return key === undefined || !body.includes(key);
}

function isAnswer({ outcome }: Answer): boolean {
  return (
    outcome === 'success' || outcome === 'refusal' || outcome === 'truncated' || outcome === 'schema_invalid'
  );
}

/** Reads a stream up to its first event with data. */
async function open(
  body: Readable,
  reader: StreamReader,
  clock: Deadline,
): Promise<{ stream: Omit<OpenStream, 'keepUsage'> } | { outcome: Outcome }> {
  const rest = eventsOf(body, clock);
  const first: SseEvent[] = [];
  while (!first.some(({ data }) => data !== undefined)) {
    const next = await rest.next();
    if (next.done) return { outcome: 'stream_interrupted' };
    first.push(...next.value);
  }
  const begin = first.find(({ data }) => data !== undefined)!;
  // A reader of its own: the relay reads the same event again.
  const probe = streamReader();
  if (probe.push(begin.data!) === 'error') {
    body.destroy();
    return { outcome: probe.end().outcome };
  }
  return { stream: { first, rest, reader, deadline: clock } };
}

async function* eventsOf(body: Readable, clock: Deadline): AsyncGenerator<SseEvent[], void> {
  const splitter = sseSplitter();
  let begun = false;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const events = splitter.push(chunk);
    if (events.length === 0) continue;
    // Until the first event the clock of the first token runs.
    if (begun || events.some(({ data }) => data !== undefined)) {
      begun = true;
      clock.within(BETWEEN_CHUNKS_MS, 'the next chunk');
    }
    yield events;
  }
}

async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) {
      body.destroy();
      throw new RangeError('the answer is too long');
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function isEventStream({ headers }: UpstreamResponse): boolean {
  return String(headers['content-type'] ?? '').startsWith('text/event-stream');
}

function wantsUsage(options: unknown): boolean {
  return asObject(options).include_usage === true;
}

function asObject(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
