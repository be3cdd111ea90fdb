import type { Buckets } from '../api/evidence.ts';
import { middleOf } from '../lib/buckets.ts';
import { entriesOf } from './histogram.ts';

/** Values as read from the middles of their buckets, so within 5 %: how many, the sum of their ln, and of ln². */
export interface Moments {
  calls: number;
  logs: number;
  logSquares: number;
}

export const NO_MOMENTS: Moments = { calls: 0, logs: 0, logSquares: 0 };

export function momentsOf(buckets: Buckets): Moments {
  const moments = { ...NO_MOMENTS };
  for (const [bucket, count] of entriesOf(buckets)) {
    const log = Math.log(middleOf(bucket));
    moments.calls += count;
    moments.logs += count * log;
    moments.logSquares += count * log ** 2;
  }
  return moments;
}

export function addMoments(one: Moments, other: Moments): Moments {
  return {
    calls: one.calls + other.calls,
    logs: one.logs + other.logs,
    logSquares: one.logSquares + other.logSquares,
  };
}
