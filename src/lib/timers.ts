/** Time as queues, watches and leases see it; handed in so that tests can turn it by hand. */
export interface Timers {
  /** Milliseconds of a clock that never jumps; only differences mean anything. */
  now(): number;
  /** Runs `run` once, `ms` from now at the earliest; returns how to call it off. */
  after(ms: number, run: () => void): () => void;
}

/** The longest delay that Node's own timers take; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const handle = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(handle);
  },
};

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function pause(ms: number, timers: Timers, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
