import type { Timers } from './timers.ts';

/** Timers that stand still until `advance` turns them: for tests and simulations. */
export interface ManualTimers extends Timers {
  /** Goes on by `ms`, running what falls due in order and letting promises settle between. */
  advance(ms: number): Promise<void>;
  /** How many appointments are open. */
  pending(): number;
}

/** Runs promise callbacks, several deep, and one turn of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function manualTimers(start = 0): ManualTimers {
  let now = start;
  const open = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after(ms, run) {
      const appointment = { at: now + Math.max(0, ms), run };
      open.add(appointment);
      return () => open.delete(appointment);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const [next] = [...open].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        open.delete(next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = end;
    },
    pending: () => open.size,
  };
}
