export interface BackoffOptions {
  /** First delay, in ms. */
  baseMs: number;
  /** Longest delay, in ms. */
  maxMs: number;
  /** In [0, 1). */
  random?: () => number;
}

/** Delay before retry `attempt` (0 for the first): doubles each time, and lies between half of that and all of it. */
export function backoffMs(attempt: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  // 2 ** 1024 is Infinity, which min() takes well.
  const whole = Math.min(maxMs, baseMs * 2 ** attempt);
  return whole / 2 + (whole / 2) * random();
}
