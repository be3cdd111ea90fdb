import { type Attempt, mayFallBack } from '../attempt.ts';
import type { Breakers } from '../breaker/breakers.ts';
import { isSpent, type Within } from '../budgets/within.ts';
import { type Deadline, deadline } from '../deadline.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { BackendTarget } from '../table.ts';
import type { Retries } from './retries.ts';
import { hasTimeAfter, LONGEST_WAIT_MS, retryWaitMs } from './retry-wait.ts';

/** A backend that has failed a call. */
export interface FailedTry {
  backend: BackendTarget;
  made: Failure;
  /** What it was sent. */
  sent: Record<string, unknown>;
  /** Sends it the same once more. */
  again(): Promise<Attempt>;
}

export interface LastResortOptions {
  retries: Retries;
  breakers: Breakers | undefined;
  within: Within | undefined;
  streams: boolean;
  onDeadline(clock: Deadline): void;
}

/** Retries of one call at most, over all its backends. */
export const MOST_RETRIES = 2;

/**
 * Asks again where every backend has failed a call: of those that may do better by themselves, the first in the order given. One
 * whose breaker has opened is left alone.
 * @returns what the last retry came to, and of which try; undefined where there was none.
 */
export async function lastResort<T extends FailedTry>(
  options: LastResortOptions,
  failed: readonly T[],
): Promise<{ made: Attempt; of: T } | undefined> {
  const { retries, breakers, within, streams } = options;
  const left = [...failed];
  const isClosed = ({ backend }: T) => breakers?.isClosed(backend) ?? true;
  let came: { made: Attempt; of: T } | undefined;
  for (let tried = 0; tried < MOST_RETRIES; tried++) {
    const waits = left.map((one) => retryWaitMs(one.made, tried, retries.random));
    const at = left.findIndex((one, n) => waits[n] !== undefined && isClosed(one));
    if (at < 0) return came;
    const of = left[at]!;
    const waitMs = waits[at]!;
    if (!hasTimeAfter(waitMs, within, streams) || !retries.take(of.backend)) return came;
    const gone = await waited(options, of.backend, waitMs);
    if (gone !== undefined) return { made: gone, of };
    if (!isClosed(of) || within?.admit?.(of.backend, of.sent) !== undefined) return came;
    const made = await of.again();
    retries.retried(of.backend, made.kind !== 'failure');
    came = { made, of };
    if (made.kind !== 'failure' || !mayFallBack(made) || isSpent(within, streams)) return came;
    left[at] = { ...of, made };
  }
  return came;
}

/** Waits as long as the caller does; what the call came to where that has gone. */
async function waited(
  { retries, onDeadline }: LastResortOptions,
  backend: BackendTarget,
  ms: number,
): Promise<Failure | undefined> {
  // Only the caller ends it: the wait itself is the shorter by far.
  const clock = deadline(100 * LONGEST_WAIT_MS);
  onDeadline(clock);
  await retries.wait(ms, clock.signal);
  clock.done();
  const gone = clock.ended();
  return gone && failureOf(backend, gone, clock);
}
