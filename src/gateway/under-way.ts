import { setTimeout as wait } from 'node:timers/promises';
import type { Cancelling } from './deadline.ts';

/** The calls under way, so that those which outlast a gateway's grace are told so instead of cut off. */
export interface CallsUnderWay {
  began(call: Cancelling): void;
  ended(call: Cancelling): void;
  /** Ends those under way, and what begins after them. */
  stop(): void;
  /** Resolves when all have ended and are recorded, after `ms` at the latest. */
  done(ms: number): Promise<void>;
}

export function callsUnderWay(): CallsUnderWay {
  const calls = new Set<Cancelling>();
  let stopped = false;
  let onEmpty = () => {};

  return {
    began(call) {
      calls.add(call);
      if (stopped) call.stop();
    },
    ended(call) {
      calls.delete(call);
      if (calls.size === 0) onEmpty();
    },
    stop() {
      stopped = true;
      for (const call of calls) call.stop();
    },
    async done(ms) {
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      if (calls.size > 0) await Promise.race([empty, wait(ms, undefined, { ref: false })]);
      // Whoever waits for a call writes its record as soon as it has ended.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
