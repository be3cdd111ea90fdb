import { setTimeout as delay } from 'node:timers/promises';

/** Resolves with the first value of `look` that is not undefined; throws what `what` says then after `ms`. */
export async function eventually<T>(
  what: () => string,
  look: () => T | undefined | Promise<T | undefined>,
  ms: number,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what()}`);
    await delay(200);
  }
}
