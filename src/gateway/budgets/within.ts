import type { CallError } from '../errors.ts';
import type { BackendTarget } from '../table.ts';

/** That a budget leaves no room for a call. */
export interface Over {
  error: CallError;
  /** Whether the route's degraded answer is given, where there is one, and not the error. */
  degrade: boolean;
}

/** What a call may take over all its tries: retries, fallbacks and a rescue. Moments of `performance.now()`. */
export interface Within {
  /** When the first byte of a stream must have come. */
  firstTokenBy?: number | undefined;
  /** When the whole answer must have come, without waits for a slow caller. */
  totalBy?: number | undefined;
  /** Says before each try whether what is sent may cost what it would there, and keeps room for it. */
  admit?: ((backend: BackendTarget, sent: Readonly<Record<string, unknown>>) => Over | undefined) | undefined;
}

/** What is left of a time-out within that of the call, in ms. */
export const leftOf = (ms: number, by: number | undefined): number =>
  by === undefined ? ms : Math.max(0, Math.min(ms, Math.round(by - performance.now())));

/** Whether there is no time for another try. */
export function isSpent(within: Within | undefined, streams: boolean): boolean {
  const { firstTokenBy, totalBy } = within ?? {};
  return leftOf(1, totalBy) === 0 || (streams && leftOf(1, firstTokenBy) === 0);
}

/** Whether the call, and not the backend alone, limits the time of a try. */
export const isHurried = (within: Within | undefined): boolean =>
  within?.firstTokenBy !== undefined || within?.totalBy !== undefined;
