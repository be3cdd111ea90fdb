/** Longest silence between two chunks of an answer, in ms. */
export const BETWEEN_CHUNKS_MS = 30_000;

/** Why a call was ended before the provider did. */
export class Ended extends Error {
  readonly why: 'timeout' | 'cancelled';
  constructor(why: 'timeout' | 'cancelled', message: string) {
    super(message);
    this.name = 'Ended';
    this.why = why;
  }
}

export interface Deadline {
  signal: AbortSignal;
  /** Ends the call unless told again within `ms`; what was told before is void. */
  within(ms: number, what: string): void;
  /**
   * Stops the provider's clocks while the caller is slow to read, whose time is not the provider's: otherwise a caller
   * could have a revision charged with time-outs. A caller that takes longer than `ms` has gone.
   */
  waitForCaller(ms: number): void;
  /** The caller reads again: what is left of the whole goes on. */
  callerReads(): void;
  /** How long the caller has been waited for, in ms. */
  waitedMs(): number;
  cancel(): void;
  /** Stops the clocks; the call is over. */
  done(): void;
}

/** Ends a call whichever backend it is waiting for by then: each of them hands its clock over in turn. */
export function cancelling(): { follow: (clock: Deadline) => void; cancel: () => void } {
  let current: Deadline | undefined;
  let cancelled = false;
  return {
    follow(clock) {
      current = clock;
      if (cancelled) clock.cancel();
    },
    cancel() {
      cancelled = true;
      current?.cancel();
    },
  };
}

/** The clocks of one call to a backend: one for the whole, one for the next thing that must come. */
export function deadline(totalMs: number): Deadline {
  const controller = new AbortController();
  const end = (what: string, ms: number) =>
    controller.abort(new Ended('timeout', `${what} took longer than ${ms} ms`));
  const cancel = () => controller.abort(new Ended('cancelled', 'the caller has gone'));
  let left = totalMs;
  let since = performance.now();
  let total = setTimeout(end, totalMs, 'the call', totalMs);
  let next: NodeJS.Timeout | undefined;
  let waited = 0;
  let waitingSince: number | undefined;
  const stop = () => {
    clearTimeout(total);
    clearTimeout(next);
  };
  return {
    signal: controller.signal,
    within(ms, what) {
      clearTimeout(next);
      next = setTimeout(end, ms, what, ms);
    },
    waitForCaller(ms) {
      stop();
      waitingSince = performance.now();
      left -= waitingSince - since;
      next = setTimeout(cancel, ms);
    },
    callerReads() {
      stop();
      since = performance.now();
      waited += since - (waitingSince ?? since);
      waitingSince = undefined;
      total = setTimeout(end, Math.max(left, 0), 'the call', totalMs);
    },
    waitedMs: () => waited,
    cancel,
    done: stop,
  };
}
