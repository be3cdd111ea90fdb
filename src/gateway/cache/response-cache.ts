import type { Registry } from 'prom-client';
import type { Random } from '../../lib/random.ts';
import type { Caller } from '../callers/caller.ts';
import { type Draw, partsOf } from '../draw.ts';
import type { Table } from '../table.ts';
import { type AnswerCacheOptions, answerCache, MOST_OF_ONE } from './answer-cache.ts';
import { directivesOf } from './cache-control.ts';
import { type AskedCall, cacheKeys } from './cache-key.ts';
import { cacheMetrics } from './cache-metrics.ts';
import { standsAlone } from './cacheable.ts';
import { type CallCache, callCache } from './call-cache.ts';
import type { StreamRoom } from './take-stream.ts';

/** A call as the cache looks at it. */
export interface CachedCall extends Omit<AskedCall, 'caller'> {
  /** Who asks: nobody gets what somebody else was answered. */
  caller: Caller;
  /** Its header of that name. */
  cacheControl?: string | undefined;
}

/** Answers to identical calls, given again for as long as their route says. */
export interface ResponseCache {
  /** What is known of a call that is drawn so; undefined where no route that may serve it has a cache. */
  open(call: CachedCall, draw: Draw): CallCache | undefined;
  /** Has to know each table that calls are served from. */
  follow(table: Table): void;
}

export interface ResponseCacheOptions extends Omit<AnswerCacheOptions, 'now'> {
  registry: Registry;
  /** Milliseconds of a clock that never jumps. */
  now?: (() => number) | undefined;
  random?: Random | undefined;
}

/**
 * The share of calls that are asked anew while a rollout is under way, whichever revision they are drawn to. Only what
 * neither revision has an answer stored for is evidence beside these: calls that come again and again would hardly be any.
 */
export const COMPARED = 0.1;
/** What streams under way may hold back all together, in bytes. */
const MOST_UNDER_WAY = 32 * 1024 * 1024;

/** One cache a gateway, in memory. Identical calls that are under way at the same time are each asked: nobody waits for another's answer. */
export function responseCache(options: ResponseCacheOptions): ResponseCache {
  const { registry, random = Math.random, now = () => performance.now(), ...bounds } = options;
  const answers = answerCache({ now, ...bounds });
  const keys = cacheKeys();
  const metrics = cacheMetrics(registry, answers);
  const room: StreamRoom = { left: MOST_UNDER_WAY };
  const { mostOfOne = MOST_OF_ONE } = bounds;

  return {
    open(call, draw) {
      if (!isCached(draw)) return undefined;
      const directives = directivesOf(call.cacheControl);
      const alone = standsAlone(call.endpoint, call.body);
      const asked = alone ? keys.asked(call) : undefined;
      // Drawn before anything is known that differs from revision to revision: whatever is evidence is so for both alike.
      const compared = !directives.onlyIfCached && isRolledOut(draw) && random() < COMPARED;
      const isHeld = asked !== undefined && answers.holds(asked);
      return callCache(
        { answers, keys, metrics, room, mostOfOne, now },
        {
          entry: call.entry,
          asked,
          directives: compared ? { ...directives, noCache: true } : directives,
          isHeld,
          isEvidence: compared || !isHeld,
        },
      );
    },
    follow(table) {
      metrics.follow(table);
      answers.sweep();
    },
  };
}

/** Whether a route caches that one of the revisions goes over: then the other's calls, too, are evidence only where the first's are. */
const isCached = ({ prompt, route }: Draw): boolean =>
  route.entry.cacheMs !== undefined ||
  (prompt !== undefined &&
    (prompt.entry.stable.route.cacheMs ?? prompt.entry.candidate?.route.cacheMs) !== undefined);

const isRolledOut = (draw: Draw): boolean =>
  partsOf(draw).some(({ entry }) => entry.candidate !== undefined && entry.weight > 0);
