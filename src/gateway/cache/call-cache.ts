import { costOf } from '../../cost/cost.ts';
import type { Answer } from '../answer.ts';
import type { Attempt } from '../attempt.ts';
import { CallError } from '../errors.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from '../table.ts';
import type { AnswerCache, CacheKey, StoredAnswer } from './answer-cache.ts';
import type { CacheDirectives } from './cache-control.ts';
import type { CacheKeys, SentCall } from './cache-key.ts';
import type { CacheMetrics, CacheResult } from './cache-metrics.ts';
import { isWell, onlyAnswers } from './cacheable.ts';
import { type Replayed, replay } from './replay.ts';
import { type StreamRoom, takeStream } from './take-stream.ts';

/** What one call may be answered from, and what is kept of what it is answered. */
export interface CallCache {
  /**
   * Whether what comes of the call tells how a revision does. It does not where an answer is stored, be it one of the other
   * revision: a stable that answers from its cache would be left with the rare calls, and be held against a candidate
   * that is asked all of them.
   */
  isEvidence: boolean;
  /**
   * The answer's place for one backend that is about to be asked; undefined where its route has no cache.
   * @throws CallError 504 where the caller wants nothing asked, and there is none.
   */
  at(place: Place): AnswerPlace | undefined;
  /** The headers that say what the call came to, and counts it: to be told once. */
  told(hit: Hit | undefined): Record<string, string>;
}

/** What a backend would be asked, with the redacted body of `request` as what is sent. */
export interface Place extends Omit<SentCall, 'sent'>, Replayed {
  /** The first backend of the route, which may have been passed over: what it answered before is as good as ever. */
  first: BackendTarget;
}

export interface Hit {
  /** Since it was asked for. */
  ageMs: number;
}

export interface AnswerPlace {
  /** The answer that is stored there, as if the backend had just given it. */
  found?: Hit & { made: Attempt };
  /** Keeps an answer where it may be given again. The attempt to go on with: of a stream a copy is taken as it is read. */
  keep(made: Attempt): Attempt;
}

interface Parts {
  answers: AnswerCache;
  keys: CacheKeys;
  metrics: CacheMetrics;
  room: StreamRoom;
  mostOfOne: number;
  now: () => number;
}

interface Asked {
  entry: PromptEntry | RouteEntry;
  /** Undefined for a call whose answer is good for nobody else. */
  asked: string | undefined;
  directives: CacheDirectives;
  /** Whether an answer was stored when the call began. One that is stored since is not given: the call is evidence. */
  isHeld: boolean;
  isEvidence: boolean;
}

const NOT_KEPT: AnswerPlace = { keep: (made) => made };

export function callCache(parts: Parts, { entry, asked, directives, isHeld, isEvidence }: Asked): CallCache {
  const { answers, keys, metrics, room, mostOfOne, now } = parts;
  const { noStore, noCache, maxAgeMs = Infinity, onlyIfCached } = directives;
  let result: CacheResult = 'bypass';

  const find = (key: CacheKey, ttlMs: number, place: Place): (Hit & { made: Attempt }) | undefined => {
    result = 'miss';
    const found = isHeld ? answers.find(key, Math.min(ttlMs, maxAgeMs)) : undefined;
    if (found === undefined) return undefined;
    const cost = costOf(place.backend.price, found.stored.answer.usage);
    if (cost !== undefined) metrics.saved(entry, cost);
    return { ageMs: found.ageMs, made: replay(found.stored, place) };
  };

  const keeping = (key: CacheKey, ttlMs: number): AnswerPlace['keep'] => {
    const askedAt = now();
    const put = (stored: StoredAnswer): void => {
      if (answers.put(key, stored, askedAt, ttlMs)) metrics.stored(entry);
    };
    return (made) => {
      if (made.kind === 'failure') return made;
      if (made.kind === 'answer') {
        const { status, headers, body, answer } = made;
        const contentType = headers['content-type'];
        // A copy: the bytes of a short answer may be part of a long piece of memory.
        if (status === 200 && isWell(answer) && body.length <= mostOfOne)
          put({ kind: 'answer', body: Buffer.from(body), contentType, answer });
        return made;
      }
      const { keepUsage } = made.stream;
      const whole = (events: Buffer, answer: Answer): void => {
        if (isWell(answer)) put({ kind: 'stream', events, keepUsage, answer: measures(answer) });
      };
      return { ...made, stream: takeStream(made.stream, mostOfOne, room, whole) };
    };
  };

  const lookIn = (place: Place, ttlMs: number): AnswerPlace => {
    const { draw, backend, first, secrets, request } = place;
    const sent = request.body;
    if (asked === undefined || noStore || !onlyAnswers(sent)) return NOT_KEPT;
    const keyOf = (of: BackendTarget): CacheKey => {
      return { asked, sent: keys.sent({ draw, backend: of, sent, secrets }) };
    };
    const key = keyOf(backend);
    const of = (each: BackendTarget) =>
      find(each === backend ? key : keyOf(each), ttlMs, { ...place, backend: each });
    const found = noCache ? undefined : (of(first) ?? (first === backend ? undefined : of(backend)));
    return { ...(found && { found }), keep: keeping(key, ttlMs) };
  };

  return {
    isEvidence,
    at(place) {
      const { cacheMs } = place.draw.route.entry;
      if (cacheMs === undefined) return undefined;
      const own = lookIn(place, cacheMs);
      if (own.found !== undefined || !onlyIfCached || !speaks(place)) return own;
      metrics.told(entry, result);
      throw new CallError('not_cached', 'no answer to the call is stored, and nothing else was asked for');
    },
    told(hit) {
      if (hit !== undefined) result = 'hit';
      metrics.told(entry, result);
      return {
        'x-sluice-cache': result,
        ...(hit && { age: String(Math.floor(hit.ageMs / 1000)) }),
      };
    },
  };
}

/** Whether anything is sent to the backend: one of a dialect that has no such call leaves it to the next. */
const speaks = ({ backend, request }: Place): boolean =>
  request.endpoint.speech[backend.provider.dialect] !== undefined;

/** What is known of a stream's answer, without its text: that is read again from its events. */
const measures = ({ text: _, calls: __, ...rest }: Answer): Answer => rest;
