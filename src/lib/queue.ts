import { type BackoffOptions, backoffMs } from './backoff.ts';
import { systemTimers, type Timers } from './timers.ts';
import { tokenBucket } from './token-bucket.ts';

export interface QueueOptions {
  /** How many keys are worked on at a time. Default 4. */
  workers?: number;
  /** Delays between retries of one key. Default 500 ms, doubling, at most 5 min. */
  backoff?: BackoffOptions;
  /** Retries of all keys together. Default 10 a second, 100 at once. */
  retries?: { perSecond: number; burst: number };
  timers?: Timers;
}

/**
 * Keys that need work. A key waits once however often it is added, is never worked on twice at a time, and when
 * added while it is worked on, is worked on once more after. (The workqueue of client-go.)
 */
export interface Queue {
  add(key: string): void;
  /** Adds `key` in `ms`. Of several appointments of a key the earliest counts; its next run voids them. */
  addAfter(key: string, ms: number): void;
  /** Adds `key` after its own growing delay, under the limit of all retries, and not before `atLeastMs`. */
  retry(key: string, atLeastMs?: number): void;
  /** Ends the growth of the key's delays: it was worked on well. */
  forget(key: string): void;
  /** Whether no key is ready or worked on. Appointments do not count. */
  idle(): boolean;
  /** Keys that are ready and not yet worked on. */
  depth(): number;
  /** Takes nothing more; resolves when what is worked on has ended. */
  stop(): Promise<void>;
}

/** @param work must not reject: what it throws is the caller's own affair to handle. */
export function keyQueue(work: (key: string) => Promise<void>, options: QueueOptions = {}): Queue {
  const { workers = 4, timers = systemTimers } = options;
  const backoff = options.backoff ?? { baseMs: 500, maxMs: 300_000 };
  const { perSecond, burst } = options.retries ?? { perSecond: 10, burst: 100 };
  const bucket = tokenBucket(perSecond, burst, timers.now);

  const ready = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const dirty = new Set<string>();
  const failures = new Map<string, number>();
  const appointments = new Map<string, { at: number; cancel: () => void }>();
  let stopped = false;

  const add = (key: string): void => {
    if (stopped) return;
    if (running.has(key)) dirty.add(key);
    else ready.add(key);
    start();
  };

  const callOff = (key: string): void => {
    appointments.get(key)?.cancel();
    appointments.delete(key);
  };

  const addAt = (key: string, at: number): void => {
    const open = appointments.get(key);
    if (stopped || (open && open.at <= at)) return;
    open?.cancel();
    const ring = () => {
      appointments.delete(key);
      // A timer may fire a little early, or be too short for the delay.
      if (timers.now() < at) addAt(key, at);
      else add(key);
    };
    appointments.set(key, { at, cancel: timers.after(at - timers.now(), ring) });
  };

  const start = (): void => {
    for (const key of ready) {
      if (running.size >= workers) return;
      ready.delete(key);
      callOff(key);
      running.set(key, run(key));
    }
  };

  const run = async (key: string): Promise<void> => {
    // Not before `running` knows of it: `work` may add its own key at once.
    await null;
    try {
      await work(key);
    } finally {
      running.delete(key);
      if (dirty.delete(key)) add(key);
      else start();
    }
  };

  return {
    add,
    addAfter: (key, ms) => addAt(key, timers.now() + Math.max(0, ms)),
    retry(key, atLeastMs = 0) {
      const attempt = failures.get(key) ?? 0;
      failures.set(key, attempt + 1);
      const delay = Math.max(backoffMs(attempt, backoff), bucket.reserve(), atLeastMs);
      addAt(key, timers.now() + delay);
    },
    forget: (key) => void failures.delete(key),
    idle: () => ready.size === 0 && running.size === 0,
    depth: () => ready.size,
    async stop() {
      stopped = true;
      for (const key of [...appointments.keys()]) callOff(key);
      ready.clear();
      dirty.clear();
      await Promise.allSettled(running.values());
    },
  };
}
