import { pause, type Timers } from '../../lib/timers.ts';

export interface MemoryOptions {
  /** How long a value is given without loading it anew, in ms. */
  freshMs: number;
  /** How long the last value is still given while a new one is loaded, in ms. */
  keptMs: number;
  /** Longest wait for a value where there is none to give, in ms since its load began. */
  patienceMs: number;
  /** Most values that are kept. */
  most: number;
  timers: Timers;
}

interface Entry<T> {
  value?: T;
  /** When `value` came; before that, when it was first asked for. */
  at: number;
  loading?: { since: number; result: Promise<T> } | undefined;
}

/** Values that cost something to load, by key; all who ask for one at a time share one load. */
export interface Memory<T> {
  /**
   * The value of `key`: the last one at once where it is young enough, else what `from` resolves with; undefined where
   * that takes too long. It goes on then, and a later call has its value. `from` must not reject.
   */
  get(key: string, from: () => Promise<T>): Promise<T | undefined>;
  size(): number;
}

export function memory<T>({ freshMs, keptMs, patienceMs, most, timers }: MemoryOptions): Memory<T> {
  const entries = new Map<string, Entry<T>>();

  const forgetOld = (now: number): void => {
    for (const [key, { at, loading }] of entries) {
      if (loading === undefined && now - at >= keptMs) entries.delete(key);
    }
  };

  const load = async (entry: Entry<T>, from: () => Promise<T>): Promise<T> => {
    const value = await from();
    Object.assign(entry, { value, at: timers.now(), loading: undefined });
    return value;
  };

  return {
    get(key, from) {
      const now = timers.now();
      forgetOld(now);
      const entry: Entry<T> = entries.get(key) ?? { at: now };
      // At the end now: the one that was asked for least lately is the first.
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > most) entries.delete(entries.keys().next().value!);
      const { value, at } = entry;
      if (value !== undefined && now - at < freshMs) return Promise.resolve(value);
      entry.loading ??= { since: now, result: load(entry, from) };
      if (value !== undefined && now - at < keptMs) return Promise.resolve(value);
      const { since, result } = entry.loading;
      const leftMs = since + patienceMs - now;
      if (leftMs <= 0) return Promise.resolve(undefined);
      return Promise.race([result, pause(leftMs, timers).then(() => undefined)]);
    },
    size: () => entries.size,
  };
}
