import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first value of `look` that is not undefined or false, looking each `everyMs`; throws what `what` says
 * by then after `ms`.
 */
export async function eventually<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 20_000,
  everyMs = 25,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) {
      throw new Error(`not within ${ms} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await delay(everyMs);
  }
}
