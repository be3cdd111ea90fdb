/** Longest silence between two chunks of an answer, in ms, where a backend is given no longer for the first. */
export const BETWEEN_CHUNKS_MS = 30_000;

/** Why a call was ended before the provider did. */
export class Ended extends Error {
  readonly why: 'timeout' | 'cancelled' | 'stopping';
  constructor(why: Ended['why'], message: string) {
    super(message);
    this.name = 'Ended';
    this.why = why;
  }
}

/** Why and when something is given up. */
export interface Ending {
  /** Why it has ended; undefined while it goes on. */
  ended(): Ended | undefined;
  /** Calls `run` when it ends, or now where it has; returns how to take that back. */
  onEnd(run: (why: Ended) => void): () => void;
}

export interface Deadline extends Ending {
  /** Longest silence in mid-answer, in ms. */
  readonly silenceMs: number;
  /** The same for what takes a signal; made when it is first asked for. */
  readonly signal: AbortSignal;
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
  /** The caller has gone. */
  cancel(): void;
  /** The gateway waits no longer. */
  stop(): void;
  /** Stops the clocks; the call is over. */
  done(): void;
}

/** Ends a call whichever backend it is waiting for by then: each of them hands its clock over in turn. */
export function cancelling(): Cancelling {
  let current: Deadline | undefined;
  let by: 'cancel' | 'stop' | undefined;
  const end = (how: 'cancel' | 'stop') => {
    by ??= how;
    current?.[by]();
  };
  return {
    follow(clock) {
      current = clock;
      if (by !== undefined) clock[by]();
    },
    cancel: () => end('cancel'),
    stop: () => end('stop'),
  };
}

export interface Cancelling extends Pick<Deadline, 'cancel' | 'stop'> {
  follow(clock: Deadline): void;
}

/**
 * The clocks of one call to a backend: one for the whole, one for the next thing that must come.
 * @param firstMs how long the first token may take: a model that may think for as long before it may do so in mid-answer
 */
export function deadline(totalMs: number, firstMs = 0): Deadline {
  return new Clocks(totalMs, Math.max(BETWEEN_CHUNKS_MS, firstMs));
}

const NEVER = Number.POSITIVE_INFINITY;

/** One timer for both: it is set again only for what comes sooner, and looks when it fires whether that was put off. */
class Clocks implements Deadline {
  readonly silenceMs: number;
  readonly #totalMs: number;
  #totalAt: number;
  #nextAt = NEVER;
  #nextMs = 0;
  /** What must come next; undefined where that is the caller. */
  #next: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = NEVER;
  #left = 0;
  #waited = 0;
  #waitingSince: number | undefined;
  #ended: Ended | undefined;
  #listeners: ((why: Ended) => void)[] = [];
  #controller: AbortController | undefined;

  constructor(totalMs: number, silenceMs: number) {
    this.silenceMs = silenceMs;
    this.#totalMs = totalMs;
    const now = performance.now();
    this.#totalAt = now + totalMs;
    this.#arm(now);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onEnd((why) => controller.abort(why));
    }
    return this.#controller.signal;
  }

  ended(): Ended | undefined {
    return this.#ended;
  }

  onEnd(run: (why: Ended) => void): () => void {
    if (this.#ended !== undefined) run(this.#ended);
    else this.#listeners.push(run);
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== run);
    };
  }

  within(ms: number, what: string): void {
    this.#next = what;
    this.#nextMs = ms;
    const now = performance.now();
    this.#nextAt = now + ms;
    this.#arm(now);
  }

  waitForCaller(ms: number): void {
    const now = performance.now();
    this.#waitingSince = now;
    this.#left = this.#totalAt - now;
    this.#totalAt = NEVER;
    this.#next = undefined;
    this.#nextAt = now + ms;
    this.#arm();
  }

  callerReads(): void {
    const now = performance.now();
    this.#waited += now - (this.#waitingSince ?? now);
    if (this.#waitingSince !== undefined) this.#totalAt = now + Math.max(this.#left, 0);
    this.#waitingSince = undefined;
    this.#nextAt = NEVER;
    this.#arm();
  }

  waitedMs(): number {
    return this.#waited;
  }

  cancel(): void {
    this.#end(new Ended('cancelled', 'the caller has gone'));
  }

  stop(): void {
    this.#end(new Ended('stopping', 'the gateway is stopping'));
  }

  done(): void {
    clearTimeout(this.#timer);
    [this.#totalAt, this.#nextAt, this.#firesAt] = [NEVER, NEVER, NEVER];
  }

  #arm(now = performance.now()): void {
    const due = Math.min(this.#totalAt, this.#nextAt);
    if (due >= this.#firesAt || this.#ended !== undefined) return;
    clearTimeout(this.#timer);
    this.#firesAt = due;
    this.#timer = setTimeout(fire, Math.max(1, due - now), this);
  }

  /** What is due ends the call; what was put off meanwhile is waited for. */
  look(): void {
    this.#firesAt = NEVER;
    // Timers may fire up to a millisecond early.
    const now = performance.now() + 1;
    if (this.#totalAt <= now) return this.#timeout('the call', this.#totalMs);
    if (this.#nextAt > now) return this.#arm();
    if (this.#next === undefined) return this.cancel();
    this.#timeout(this.#next, this.#nextMs);
  }

  #timeout(what: string, ms: number): void {
    this.#end(new Ended('timeout', `${what} took longer than ${ms} ms`));
  }

  #end(why: Ended): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.done();
    for (const run of this.#listeners) run(why);
    this.#listeners = [];
  }
}

const fire = (clocks: Clocks): void => clocks.look();
