const DAY_MS = 86_400_000;

/** The day (UTC) of a moment, as `2026-11-24`. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Seconds until the day (UTC) ends: 1 at least. */
export const secondsLeft = (at: Date): number => Math.ceil((DAY_MS - (at.getTime() % DAY_MS)) / 1_000);

/** How long the count of a day is kept after its last use: over the end of the day, for calls that end after it. */
export const KEEP_DAY_MS = 2 * DAY_MS;
