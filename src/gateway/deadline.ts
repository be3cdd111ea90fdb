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
  cancel(): void;
  /** Stops the clocks; the call is over. */
  done(): void;
}

/** The clocks of one call to a backend: one for the whole, one for the next thing that must come. */
export function deadline(totalMs: number): Deadline {
  const controller = new AbortController();
  const end = (what: string, ms: number) =>
    controller.abort(new Ended('timeout', `${what} took longer than ${ms} ms`));
  const total = setTimeout(end, totalMs, 'the call', totalMs);
  let next: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    within(ms, what) {
      clearTimeout(next);
      next = setTimeout(end, ms, what, ms);
    },
    cancel: () => controller.abort(new Ended('cancelled', 'the caller has gone')),
    done() {
      clearTimeout(total);
      clearTimeout(next);
    },
  };
}
