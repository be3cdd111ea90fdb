import { systemTimers, type Timers } from '../lib/timers.ts';
import type { CountChange, CountRead, CountStore } from './counts.ts';

interface Sum {
  parts: Map<string, number>;
  /** All parts together. */
  total: number;
  /** When it is forgotten. */
  until: number;
}

/** Sums that have had their time are looked for at most this often, in ms. */
const SWEEP_MS = 60_000;
/** Some 300 bytes each. */
const MOST_SUMS = 200_000;

/**
 * Sums in the memory of one process, which others ask for them. Parts of writers that are gone stay until their sum has had
 * its time; of more than `most` sums the one not used for longest goes first.
 */
export function memoryCounts(timers: Pick<Timers, 'now'> = systemTimers, most = MOST_SUMS): CountStore {
  const sums = new Map<string, Sum>();
  let sweptAt = timers.now();

  const sweep = (now: number): void => {
    if (now - sweptAt < SWEEP_MS) return;
    sweptAt = now;
    for (const [key, { until }] of sums) if (until <= now) sums.delete(key);
  };

  const exchanged = ({ key, field, part, keepMs }: CountChange, now: number): CountRead => {
    const known = sums.get(key);
    sums.delete(key);
    if (sums.size >= most) sums.delete(sums.keys().next().value!);
    const sum =
      known !== undefined && known.until > now
        ? known
        : { parts: new Map<string, number>(), total: 0, until: 0 };
    const before = sum.parts.get(field) ?? 0;
    if (part !== undefined) {
      sum.parts.set(field, part);
      sum.total += part - before;
    }
    sum.until = now + keepMs;
    // The latest used is the last.
    sums.set(key, sum);
    const own = part ?? before;
    return { part: own, others: sum.total - own };
  };

  return {
    async exchange(changes) {
      const now = timers.now();
      sweep(now);
      return changes.map((change) => exchanged(change, now));
    },
    async close() {},
  };
}
