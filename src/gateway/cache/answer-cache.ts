import type { Answer } from '../answer.ts';

/** An answer as it is kept: as the provider gave it, with nothing put back that was redacted. */
export type StoredAnswer =
  | {
      kind: 'answer';
      /** In the form of the endpoint called. */
      body: Buffer;
      contentType: string | undefined;
      answer: Answer;
    }
  | {
      kind: 'stream';
      /** The provider's events, byte for byte. */
      events: Buffer;
      /** Whether the caller asked for the usage chunk. */
      keepUsage: boolean;
      /** As it was read when it came. */
      answer: Answer;
    };

/** Where an answer is: what was asked, whichever revision answers, and what one of them was sent for it. */
export interface CacheKey {
  asked: string;
  sent: string;
}

export interface AnswerCache {
  /** Whether any answer to a call is there that may still be given. */
  holds(asked: string): boolean;
  /** An answer that was asked for less than `youngerThanMs` ago, and how long ago that was. */
  find(key: CacheKey, youngerThanMs: number): { stored: StoredAnswer; ageMs: number } | undefined;
  /** Keeps an answer that was asked for at `at` for `ttlMs` from then; false where it is too long. */
  put(key: CacheKey, stored: StoredAnswer, at: number, ttlMs: number): boolean;
  /** Forgets what is too old to be given. */
  sweep(): void;
  size(): { answers: number; bytes: number; evicted: number };
}

export interface AnswerCacheOptions {
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  mostBytes?: number;
  mostAnswers?: number;
  /** Longest answer that is kept, in bytes. */
  mostOfOne?: number;
}

const MIB = 1024 * 1024;
export const MOST_BYTES = 64 * MIB;
export const MOST_ANSWERS = 20_000;
export const MOST_OF_ONE = MIB;
/** Of one call: a stable and a candidate of its prompt, each over two of its route. */
const MOST_OF_A_CALL = 4;
/** Between two looks for what is too old, in ms. */
const SWEEP_MS = 60_000;
/** What an answer takes beside its texts, as a guess on the safe side. */
const OVERHEAD_BYTES = 1_024;

interface Kept {
  stored: StoredAnswer;
  at: number;
  until: number;
  bytes: number;
}

/** Answers in memory, the latest used last: what is over the bounds goes from the front, a call with all its answers. */
export function answerCache(options: AnswerCacheOptions): AnswerCache {
  const { now, mostBytes = MOST_BYTES, mostAnswers = MOST_ANSWERS, mostOfOne = MOST_OF_ONE } = options;
  const calls = new Map<string, Map<string, Kept>>();
  let [answers, bytes, evicted] = [0, 0, 0];
  let sweptAt = now();

  const remove = (asked: string, of: Map<string, Kept>, sent: string): void => {
    const kept = of.get(sent);
    if (kept === undefined) return;
    of.delete(sent);
    answers--;
    bytes -= kept.bytes;
    if (of.size === 0) calls.delete(asked);
  };
  const evict = (asked: string, of: Map<string, Kept>): void => {
    for (const sent of of.keys()) {
      remove(asked, of, sent);
      evicted++;
    }
  };
  const sweep = (): void => {
    sweptAt = now();
    for (const [asked, of] of calls)
      for (const [sent, { until }] of of) if (until <= sweptAt) remove(asked, of, sent);
  };

  return {
    holds(asked) {
      const at = now();
      return [...(calls.get(asked)?.values() ?? [])].some(({ until }) => until > at);
    },
    find({ asked, sent }, youngerThanMs) {
      const of = calls.get(asked);
      const kept = of?.get(sent);
      if (of === undefined || kept === undefined) return undefined;
      const at = now();
      const ageMs = at - kept.at;
      if (kept.until <= at || ageMs >= youngerThanMs) return undefined;
      calls.delete(asked);
      calls.set(asked, of);
      return { stored: kept.stored, ageMs };
    },
    put({ asked, sent }, stored, at, ttlMs) {
      if (now() - sweptAt >= SWEEP_MS) sweep();
      const size = sizeOf(stored);
      if (size > mostOfOne) return false;
      const of = calls.get(asked) ?? new Map<string, Kept>();
      remove(asked, of, sent);
      for (const oldest of of.keys()) {
        if (of.size < MOST_OF_A_CALL) break;
        remove(asked, of, oldest);
      }
      of.set(sent, { stored, at, until: at + ttlMs, bytes: size });
      calls.delete(asked);
      calls.set(asked, of);
      answers++;
      bytes += size;
      for (const [oldest, ofOldest] of calls) {
        if (bytes <= mostBytes && answers <= mostAnswers) break;
        evict(oldest, ofOldest);
      }
      return true;
    },
    sweep,
    size: () => ({ answers, bytes, evicted }),
  };
}

/** What an answer takes in memory, in bytes: texts at two a character, as they are at most. */
function sizeOf(stored: StoredAnswer): number {
  if (stored.kind === 'stream') return OVERHEAD_BYTES + stored.events.length;
  const { text = '', calls = [] } = stored.answer;
  const args = calls.reduce((sum, call) => sum + (call.args?.length ?? 0), 0);
  return OVERHEAD_BYTES + stored.body.length + 2 * (text.length + args);
}
