import { backoffMs } from '../../lib/backoff.ts';
import type { Random } from '../../lib/random.ts';
import { leftOf, type Within } from '../budgets/within.ts';
import type { Failure } from '../failure.ts';

/** Longest time that a provider may have a caller wait for a retry, in ms. */
export const LONGEST_WAIT_MS = 2_000;

const BACKOFF = { baseMs: 250, maxMs: LONGEST_WAIT_MS };

/** Statuses that may pass by themselves. A 429 is one of them where the provider says how soon. */
const PASSING: readonly number[] = [408, 500, 502, 503, 504, 529];
/** What a backend came to that gave no status, or began a stream and broke it off before its first event. */
const PASSING_OUTCOMES: readonly string[] = ['upstream_5xx', 'stream_interrupted'];

type Came = Pick<Failure, 'outcome' | 'status' | 'retryAfterMs' | 'lasting' | 'unspoken'>;

/**
 * How long to wait before the same is asked again, in ms; undefined where that is of no use, or takes too long. What timed
 * out has taken its time, and what was answered and could not be read has been paid for.
 * @param before retries of the call so far
 */
export function retryWaitMs(came: Came, before: number, random: Random): number | undefined {
  const { retryAfterMs = 0 } = came;
  if (!mayPassByItself(came) || retryAfterMs > LONGEST_WAIT_MS) return undefined;
  return Math.max(retryAfterMs, backoffMs(before, { ...BACKOFF, random }));
}

function mayPassByItself({ outcome, status, retryAfterMs, lasting, unspoken }: Came): boolean {
  if (lasting || unspoken) return false;
  if (status === undefined) return PASSING_OUTCOMES.includes(outcome);
  return status === 429 ? retryAfterMs !== undefined : PASSING.includes(status);
}

/** Whether a call has time for another try after a wait of so many ms. */
export function hasTimeAfter(ms: number, within: Within | undefined, streams: boolean): boolean {
  const { firstTokenBy, totalBy } = within ?? {};
  const needed = Math.ceil(ms) + 1;
  return leftOf(needed, totalBy) === needed && (!streams || leftOf(needed, firstTokenBy) === needed);
}
