import { systemTimers, type Timers } from '../../../lib/timers.ts';

export interface OtlpQueue {
  /** Takes one item, in JSON. Never waits. */
  offer(item: string): void;
  /** Items that were lost: too many waited, or the collector did not take them. */
  dropped(): number;
  /** Sends what waits; resolves when all of it is sent or lost. */
  drain(): Promise<void>;
}

export interface QueueLimits {
  /** Items that wait at most, and characters of them. */
  most: number;
  mostLength: number;
  /** Items of one request at most, and characters of them unless a single one is longer. */
  batch: number;
  batchLength: number;
  /** How long an item waits for others. */
  everyMs: number;
}

export const QUEUE_LIMITS: QueueLimits = {
  most: 8192,
  mostLength: 16 * 1024 * 1024,
  batch: 512,
  batchLength: 1024 * 1024,
  everyMs: 2_000,
};

/**
 * Items that wait for a collector, bounded: what is beyond is dropped and counted. One request at a time.
 * @param send resolves with how many of a batch were lost
 */
export function otlpQueue(
  send: (items: readonly string[]) => Promise<number>,
  limits: QueueLimits = QUEUE_LIMITS,
  timers: Timers = systemTimers,
): OtlpQueue {
  let waiting: string[] = [];
  let length = 0;
  let dropped = 0;
  let sending: Promise<void> | undefined;
  let cancel: (() => void) | undefined;

  const take = (): string[] => {
    let count = 0;
    let taken = 0;
    while (count < waiting.length && count < limits.batch) {
      taken += waiting[count]!.length;
      if (count > 0 && taken > limits.batchLength) break;
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const item of batch) length -= item.length;
    return batch;
  };
  const sendAll = async () => {
    while (waiting.length > 0) {
      // Others may be dropped meanwhile.
      const lost = await send(take());
      dropped += lost;
    }
    sending = undefined;
  };
  const start = () => {
    cancel?.();
    cancel = undefined;
    if (sending === undefined && waiting.length > 0) sending = sendAll();
    return sending ?? Promise.resolve();
  };

  return {
    offer(item) {
      if (waiting.length >= limits.most || length + item.length > limits.mostLength) {
        dropped++;
        return;
      }
      waiting.push(item);
      length += item.length;
      if (sending !== undefined) return;
      if (waiting.length >= limits.batch) void start();
      else cancel ??= timers.after(limits.everyMs, () => void start());
    },
    dropped: () => dropped,
    drain: start,
  };
}
