import { isFinished } from '../api/evidence.ts';
import type { Answer, ReadOptions } from './answer.ts';
import { leftOf, type Within } from './budgets/within.ts';
import { type Deadline, deadline } from './deadline.ts';
import type { Headers, SentRequest, Speech } from './dialects/endpoint.ts';
import { asksForUsage, mayHaveRefusedFlag, withUsageFlag } from './dialects/openai/usage-flag.ts';
import { CallError } from './errors.ts';
import type { UpstreamResponse } from './exchange.ts';
import {
  type Failure,
  failed,
  failureOf,
  isStopping,
  mayPass,
  type Passed,
  quotes,
  unspoken,
} from './failure.ts';
import type { FailureLog } from './failure-log.ts';
import type { ProviderKeys } from './keys.ts';
import { type OpenStream, openStream } from './opening.ts';
import { passedHeaders } from './passed-headers.ts';
import type { RateLimits } from './rate-limits.ts';
import { readWhole } from './read-whole.ts';
import { retryAfterMs } from './retry-after.ts';
import type { BackendTarget } from './table.ts';
import type { Upstream } from './upstream.ts';

/** What one backend made of a call, before any byte has gone to the caller. */
export type Attempt =
  | ({ kind: 'answer'; backend: BackendTarget; answer: Answer } & Passed)
  | { kind: 'stream'; backend: BackendTarget; stream: OpenStream }
  | Failure;

export interface AttemptOptions {
  upstream: Omit<Upstream, 'post'>;
  keys: Omit<ProviderKeys, 'hold'>;
  /** Backends that have been found to refuse `stream_options`. */
  withoutUsage: Set<string>;
  unreachable: FailureLog;
  /** Shows what providers say of their limits; absent where nobody looks. */
  rateLimits?: RateLimits;
  /** Default: the system's. */
  now?: () => Date;
}

/** Statuses after which another backend may do better: this one is busy, broken, or misses the model or a key. */
export function mayFallBack(attempt: Attempt): boolean {
  if (attempt.kind !== 'failure' || attempt.outcome === 'client_cancelled' || isStopping(attempt))
    return false;
  const status = attempt.passed?.status;
  return status === undefined || status >= 500 || [404, 408, 429].includes(status);
}

/**
 * Calls one backend. A plain answer is read whole, a stream up to its first event, so that whatever fails until then can
 * still be answered otherwise. `onDeadline` hands out the clocks, for the caller's cancel. `within` is what the call may take
 * over all its tries.
 */
export async function attempt(
  options: AttemptOptions,
  backend: BackendTarget,
  said: SentRequest,
  read: ReadOptions,
  onDeadline: (clock: Deadline) => void,
  within?: Within,
): Promise<Attempt> {
  const { keys, withoutUsage } = options;
  const { provider } = backend;
  const { endpoint, body, headers: given = {} } = said;
  const speech = endpoint.speech[provider.dialect];
  if (speech === undefined)
    return unspoken(
      backend,
      new CallError(
        'invalid_request',
        `backend ${backend.name} speaks ${provider.dialect}, which has no such call`,
      ),
    );
  if (provider.secret !== undefined && keys.keyFor(provider) === undefined) {
    keys.refused(provider);
    const error = new CallError(
      'provider_key_missing',
      `the key of provider ${provider.name} is missing or unusable`,
    );
    return { kind: 'failure', backend, outcome: 'upstream_4xx', error };
  }
  let request: Record<string, unknown> = { ...backend.parameters, ...body, model: backend.model };
  try {
    if (speech.write !== undefined) request = speech.write(request);
  } catch (error) {
    if (error instanceof CallError) return unspoken(backend, error);
    throw error;
  }
  const { traceparent } = said;
  const headers = { ...speech.headers?.(given), ...(traceparent !== undefined && { traceparent }) };
  const sending = { options, backend, speech, said, headers, read, onDeadline, within };
  if (request.stream !== true || !speech.usageByFlag) return await exchange(sending, request, false);

  const id = `${provider.origin}${provider.basePath}/${backend.model}`;
  const ask = (flag: boolean) => exchange(sending, withUsageFlag(request, flag), asksForUsage(request));
  if (withoutUsage.has(id)) return ask(false);
  const first = await ask(true);
  if (first.kind !== 'failure' || first.passed === undefined || !mayHaveRefusedFlag(first.passed))
    return first;
  const second = await ask(false);
  // A caller can bring about a 400 that names the flag: it was the flag only where the same call succeeds without it.
  if (second.kind !== 'failure') withoutUsage.add(id);
  return second;
}

/** Of an attempt what is the same however often it is sent. */
interface Sending {
  options: AttemptOptions;
  backend: BackendTarget;
  speech: Speech;
  /** In the caller's form. */
  said: SentRequest;
  headers: Headers;
  read: ReadOptions;
  onDeadline: (clock: Deadline) => void;
  within: Within | undefined;
}

async function exchange(
  sending: Sending,
  request: Record<string, unknown>,
  keepUsage: boolean,
): Promise<Attempt> {
  const { options, backend, speech, said, headers, read, onDeadline, within } = sending;
  const { upstream, keys, unreachable, rateLimits } = options;
  const { provider } = backend;
  const streams = request.stream === true;
  const clock = deadline(leftOf(backend.totalMs, within?.totalBy), backend.firstTokenMs);
  onDeadline(clock);
  let came: number | undefined;
  if (streams) clock.within(leftOf(backend.firstTokenMs, within?.firstTokenBy), 'the first token');
  try {
    const response = await upstream.send(backend, said.asked?.of(request) ?? JSON.stringify(request), clock, {
      path: speech.path,
      headers,
    });
    const { status } = response;
    came = status;
    rateLimits?.heard(backend, response.headers);
    if (status === 200 && streams && isEventStream(response)) {
      const opened = await openStream(response.body, speech, read, clock);
      if ('stream' in opened) {
        const translator = speech.back?.events(said);
        const quotesKey = (event: Buffer) => quotes(event, keys.keyFor(provider));
        return {
          kind: 'stream',
          backend,
          stream: { ...opened.stream, keepUsage, quotesKey, ...(translator && { translator }) },
        };
      }
      clock.done();
      return failed(backend, opened.outcome, 'the provider answered with an error');
    }
    // Nearly all plain answers are there with their head.
    const body = response.body.come?.() ?? (await readWhole(response.body, clock));
    clock.done();
    if (status === 401) keys.refused(provider);
    const answer = speech.readPlain(status, body, read);
    const passed = {
      status,
      headers: passedHeaders(response.headers),
      body: saidBack(sending, status, body),
    };
    if ((status < 400 && isFinished(answer.outcome)) || answer.outcome === 'refusal')
      return { kind: 'answer', backend, answer, ...passed };
    const again = retryAfterMs(response.headers, options.now);
    const failure = {
      ...failed(backend, answer.outcome, `the provider answered ${status}`),
      status,
      ...(again !== undefined && { retryAfterMs: again }),
      ...(response.headers['x-should-retry'] === 'false' && { lasting: true as const }),
    };
    return mayPass(status, body, keys.keyFor(provider)) ? { ...failure, passed } : failure;
  } catch (error) {
    clock.done();
    if (clock.ended() === undefined) unreachable(provider, error);
    const failure = failureOf(backend, error, clock);
    return came === undefined || (streams && came === 200) ? failure : { ...failure, status: came };
  }
}

/** A provider's answer or error in the caller's form. */
function saidBack({ speech: { back }, said }: Sending, status: number, body: Buffer): Buffer {
  if (back === undefined) return body;
  return Buffer.from(status < 400 ? back.answer(body, said) : back.error(status, body));
}

function isEventStream({ headers }: UpstreamResponse): boolean {
  return String(headers['content-type'] ?? '').startsWith('text/event-stream');
}
