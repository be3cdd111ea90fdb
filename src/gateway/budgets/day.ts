const DAY_MS = 86_400_000;

let last = { number: Number.NaN, name: '' };

/** The day (UTC) of a moment, as `2026-11-24`. */
export function dayOf(at: Date): string {
  // Calls come many a day.
  const number = Math.floor(at.getTime() / DAY_MS);
  if (number !== last.number) last = { number, name: at.toISOString().slice(0, 10) };
  return last.name;
}

/** Seconds until the day (UTC) ends: 1 at least. */
export const secondsLeft = (at: Date): number => Math.ceil((DAY_MS - (at.getTime() % DAY_MS)) / 1_000);

/** How long the count of a day is kept after its last use: over the end of the day, for calls that end after it. */
export const KEEP_DAY_MS = 2 * DAY_MS;
