import type { Outcome } from '../api/evidence.ts';
import { type Attempt, type AttemptOptions, attempt, mayFallBack } from './attempt.ts';
import type { Breakers } from './breaker/breakers.ts';
import { unjudgedOf } from './breaker/unjudged.ts';
import { isHurried, isSpent, type Within } from './budgets/within.ts';
import type { CallCache, Hit } from './cache/call-cache.ts';
import type { Deadline } from './deadline.ts';
import type { CallRequest, Endpoint } from './dialects/endpoint.ts';
import { type Draw, isCandidate, type Part, partsOf, routeArm } from './draw.ts';
import { CallError } from './errors.ts';
import { type Failure, noRoom } from './failure.ts';
import type { Pin } from './pin.ts';
import type { Restoration } from './privacy/restore-value.ts';
import type { CallSecrets } from './privacy/secrets.ts';
import { tagOf } from './response-ids.ts';
import { type FailedTry, lastResort } from './retries/last-resort.ts';
import type { Retries } from './retries/retries.ts';
import type { BackendTarget } from './table.ts';
import type { CallTrace } from './telemetry/tracer.ts';
import { type WritingOptions, type Written, writtenFor } from './written.ts';

/** What came of a call on the revisions drawn, over the backends of the route. */
export interface Tried {
  endpoint: Endpoint;
  draw: Draw;
  last: Attempt;
  /**
   * What the first backend failed with, even where a later one answered: fallback hides no failing revision. `made` is absent
   * where that is `last`.
   */
  failure?: { outcome: Outcome; afterMs: number; made?: Failure } | undefined;
  /** What was sent to the last backend, in the endpoint's form and without its model. */
  sent: Record<string, unknown>;
  /** The hash of what that says to the model; absent where nothing was sent, or nothing of it is recorded. */
  promptHash?: string | undefined;
  /** Puts back what was redacted in what was sent; absent where nothing was. Only for who asked: nothing restored is kept. */
  restore?: Restoration | undefined;
  /** Releases that nothing of this call is charged to, since it says nothing of their revisions. */
  unjudged: readonly Part['entry'][];
  /** How often a backend was asked. */
  tries: number;
  /** Where the answer was stored, and no backend was asked for it. */
  hit?: Hit | undefined;
  /** What was found private in the call so far; absent where nothing is looked for. */
  secrets?: CallSecrets | undefined;
}

export interface TryOptions extends AttemptOptions, WritingOptions {
  /** Which backends are asked in their turn; absent where all are. */
  breakers?: Breakers;
  /** What may be asked again where all have failed; absent where nothing is. */
  retries?: Retries;
  /** What the call may be answered from without asking; absent where nothing is. */
  cache?: CallCache;
}

export interface TriedRequest extends CallRequest {
  /** Has a span for each try; absent where the call is not traced. */
  trace?: CallTrace;
}

/**
 * Tries the backends of the route drawn, in order, until one answers or the call has taken what it may: `within`. Those whose
 * breaker is open come last; where all have failed, one may be asked again, unless `once` is set. `onDeadline` hands out the
 * clocks of each.
 * @throws CallError where the route has no backend, and where nothing may leave: that is charged to nobody.
 */
export async function tryBackends(
  options: TryOptions,
  draw: Draw,
  call: TriedRequest,
  onDeadline: (clock: Deadline) => void,
  within?: Within,
  once = false,
): Promise<Tried> {
  const begun = performance.now();
  const { endpoint, body, pin, trace } = call;
  let failure: Tried['failure'];
  let last: Attempt | undefined;
  let lastWritten: Written | undefined;
  let tries = 0;
  const failed: (FailedTry & { written: Written })[] = [];
  let hit: Hit | undefined;
  const { breakers, cache } = options;
  const retries = once ? undefined : options.retries;
  const streams = body.stream === true;
  const backends = pinned(routeArm(draw).backends, pin);
  let unjudged = breakers === undefined ? [] : unjudgedOf(breakers, draw);
  for (const backend of breakers?.turns(backends) ?? backends) {
    if (!endpoint.split && backend.model !== backends[0]!.model) continue;
    const written = await writtenFor(options, draw, call, backend);
    if ('broken' in written) {
      const { broken } = written;
      const failure = { outcome: broken.outcome, afterMs: 0 };
      return { endpoint, draw, last: broken, failure, sent: unsent(body, draw), unjudged, tries };
    }
    lastWritten = written;
    const { sent, request, read } = written;
    // What another backend answers in place of one that failed is no answer to give again.
    const stored =
      failure === undefined
        ? cache?.at({ draw, backend, first: backends[0]!, request, secrets: call.secrets, read, onDeadline })
        : undefined;
    if (stored?.found !== undefined) {
      hit = stored.found;
      last = stored.found.made;
      break;
    }
    const over = within?.admit?.(backend, sent);
    if (over !== undefined) {
      last ??= noRoom(over);
      continue;
    }
    const ask = async (): Promise<Attempt> => {
      tries++;
      const span = trace?.attempt(backend);
      const { traceparent } = span ?? {};
      const said = traceparent === undefined ? request : { ...request, traceparent };
      const trial = breakers?.begins(backend) ?? false;
      let made: Attempt | undefined;
      try {
        made = await attempt(options, backend, said, read, onDeadline, within);
      } finally {
        breakers?.told(backend, made, { trial, candidate: isCandidate(draw), hurried: isHurried(within) });
      }
      span?.ended(made);
      // It fails more often than other calls, and whose it is is chance: it is nobody's failure.
      if (trial) unjudged = partsOf(draw).map(({ entry }) => entry);
      return stored === undefined ? made : stored.keep(made);
    };
    retries?.asked(backend);
    const made = await ask();
    // What a backend's dialect cannot say is no failing of the revision where another can.
    if (made.kind === 'failure' && made.unspoken) {
      last ??= made;
      continue;
    }
    last = made;
    if (last.kind !== 'failure') break;
    failure ??= { outcome: last.outcome, afterMs: performance.now() - begun, made: last };
    if (!mayFallBack(last) || isSpent(within, streams)) break;
    if (retries !== undefined) failed.push({ backend, made: last, sent, written, again: ask });
  }
  if (retries !== undefined && last?.kind === 'failure' && failed.at(-1)?.made === last) {
    const resort = await lastResort({ retries, breakers, within, streams, onDeadline }, failed);
    // What a retry of another backend failed with is no news: the caller gets the last backend's error, as without it.
    if (resort !== undefined && (resort.of.backend === last.backend || !mayFallBack(resort.made))) {
      last = resort.made;
      lastWritten = resort.of.written;
    }
  }
  if (last === undefined)
    throw new CallError('provider_error', 'no provider of the route may be asked: see the ModelRoute');
  if (last.kind === 'failure' && last.over === undefined) failure ??= { outcome: last.outcome, afterMs: 0 };
  const { sent = body, promptHash, restore } = lastWritten ?? {};
  return {
    endpoint,
    draw,
    last,
    failure,
    sent,
    promptHash,
    restore,
    unjudged,
    tries,
    hit,
    secrets: call.secrets,
  };
}

/** The backends that can go on with a conversation: those of the provider that holds what was said before. */
function pinned(backends: readonly BackendTarget[], pin: Pin | undefined): readonly BackendTarget[] {
  if (pin === undefined) return backends;
  const holding = backends.filter(({ provider }) => tagOf(provider) === pin.provider);
  return holding.length > 0 ? holding : backends;
}

/** What is kept of a request that was never sent: where a route has private things redacted, nothing that was said. */
export function unsent(body: Record<string, unknown>, { route }: Draw): Record<string, unknown> {
  return route.entry.privacy === undefined ? body : { stream: body.stream };
}
