import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs } from '../lib/backoff.ts';
import { cancelling, type Deadline } from './deadline.ts';
import type { Failure } from './failure.ts';

/** What may pass by itself: another try may go better, in `again` ms at the earliest. */
export type MayPass = { error: string; again: number };

export interface RetryOptions {
  /** How often what may pass by itself is tried again: 429, 5xx, an address that does not answer. Default 3. */
  retries?: number;
  /** Resolves after `ms`, in tests at once; rejects when `signal` aborts. */
  pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** Longest time that a provider may have us wait before another try. */
const LONGEST_RETRY_AFTER_MS = 60_000;
const MAY_PASS: readonly string[] = ['rate_limited', 'upstream_5xx'];

/** A failure in words, and where it may pass by itself, when to try again. */
export function againOf(
  { outcome, retryAfterMs = 0 }: Pick<Failure, 'outcome' | 'retryAfterMs'>,
  error: string,
): { error: string } | MayPass {
  if (!MAY_PASS.includes(outcome)) return { error };
  return { error, again: Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) };
}

const BACKOFF = { baseMs: 1_000, maxMs: 20_000 };

/**
 * Tries until it is no longer one that may pass, or often enough: then it is its error.
 * @throws the reason of `signal` once that has aborted.
 */
export async function retrying<T extends object>(
  once: () => Promise<T | MayPass>,
  { retries = 3, pause = pauseFor, signal }: RetryOptions & { signal: AbortSignal | undefined },
): Promise<T | { error: string }> {
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    const came = await once();
    signal?.throwIfAborted();
    if (!('again' in came)) return came;
    if (tries >= retries) return { error: came.error };
    await pause(Math.max(came.again, backoffMs(tries, BACKOFF)), signal);
  }
}

const pauseFor = (ms: number, signal: AbortSignal | undefined): Promise<unknown> =>
  wait(ms, undefined, signal && { signal });

/** Has `signal` break off a call to a provider, whichever clock it is on by then. */
export async function calledOff<T>(
  signal: AbortSignal | undefined,
  call: (follow: (clock: Deadline) => void) => Promise<T>,
): Promise<T> {
  const { follow, cancel } = cancelling();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await call(follow);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
