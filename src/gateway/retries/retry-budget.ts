/** What one backend may be asked again: a share of what it is asked, so that an outage is not made worse by retries. */
export interface RetryBudget {
  /** Counts a call that asks the backend in its turn. */
  asked(): void;
  /** Takes leave for one retry; false where there is none left. */
  take(): boolean;
}

/** Retries that each call earns: one for five. */
export const EARNED = 0.2;
/** Retries that may be saved up: what an outage can begin with. */
export const MOST_SAVED = 10;
/** Retries that are there again after a while without calls, for backends that are asked seldom. */
export const RESERVE = 2;
/** Retries per second by which the reserve fills up. */
export const RESERVE_PER_SECOND = 0.5;

/**
 * Over any time of `s` seconds and `n` calls there are at most `MOST_SAVED + EARNED * n + RESERVE_PER_SECOND * s` retries.
 * @param now milliseconds of a clock that never jumps
 */
export function retryBudget(now: () => number): RetryBudget {
  let saved = RESERVE;
  let filledAt = now();

  /** The clock is read where a retry is asked for, not for each call. */
  const fill = (): void => {
    const seconds = (now() - filledAt) / 1_000;
    filledAt = now();
    if (saved < RESERVE) saved = Math.min(RESERVE, saved + seconds * RESERVE_PER_SECOND);
  };

  return {
    asked() {
      saved = Math.min(MOST_SAVED, saved + EARNED);
    },
    take() {
      fill();
      // Five times a fifth is less than one where it is added up in binary.
      if (saved < 1 - 1e-9) return false;
      saved -= 1;
      return true;
    },
  };
}
