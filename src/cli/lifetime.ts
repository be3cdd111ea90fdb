import type { Log } from '../lib/log.ts';
import { messageOf } from '../lib/log.ts';

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNALS;

/** How long a stop may take before the process ends anyway, in ms; shorter than Kubernetes' 30 s. */
export const STOP_LIMIT_MS = 25_000;

/** What `untilStopped` needs of the process; handed in for tests. */
export interface Signals {
  on(signal: Signal, listener: (signal: Signal) => void): unknown;
  exit(code: number): void;
}

/**
 * Waits for SIGTERM or SIGINT, or until `failed` rejects, and then runs `stop`. A second signal ends the process at once;
 * so does a stop that takes longer than `limitMs`, with code 1.
 * @throws what `failed` rejected with, after `stop`.
 */
export async function untilStopped(
  stop: () => Promise<void>,
  log: Log,
  {
    failed,
    limitMs = STOP_LIMIT_MS,
    signals = process,
  }: { failed?: Promise<never>; limitMs?: number; signals?: Signals } = {},
): Promise<void> {
  let first: Signal | undefined;
  const signalled = new Promise<Signal>((resolve) => {
    const hear = (signal: Signal) => {
      if (first) signals.exit(128 + SIGNALS[signal]);
      first = signal;
      resolve(signal);
    };
    for (const signal of Object.keys(SIGNALS) as Signal[]) signals.on(signal, hear);
  });
  let failure: unknown;
  try {
    const signal = await Promise.race([signalled, ...(failed ? [failed] : [])]);
    log.info({ signal }, 'stopping: calls under way are finished; a second signal ends at once');
  } catch (error) {
    failure = error;
  }
  const limit = setTimeout(() => {
    log.error({ limitMs }, 'stopping took too long: ended with work left');
    signals.exit(1);
  }, limitMs);
  try {
    await stop();
  } catch (error) {
    log.error({ error: messageOf(error) }, 'did not stop cleanly');
    failure ??= error;
  } finally {
    clearTimeout(limit);
  }
  if (failure !== undefined) throw failure;
}
