import type { Means } from './windows.ts';

/** What a user of thresholds calls a failed check. */
export interface Condition {
  name: string;
  fails(means: Means): boolean;
}

// Where there is nothing to compare no condition fails: such queries are guarded against NaN by hand.

/** The candidate's mean is above a fixed limit. */
export function above(limit: number, name: string): Condition {
  return { name, fails: ({ candidate }) => candidate !== undefined && candidate > limit };
}

/** The candidate's mean is above so many times stable's; without stable there is nothing to compare. */
export function timesStable(factor: number): Condition {
  return {
    name: `> ${factor}× stable`,
    fails: ({ candidate, stable }) =>
      candidate !== undefined && stable !== undefined && candidate > factor * stable,
  };
}

/** The candidate's mean is above stable's by more than so much. */
export function beyondStable(margin: number): Condition {
  return {
    name: `> stable + ${margin}`,
    fails: ({ candidate, stable }) =>
      candidate !== undefined && stable !== undefined && candidate > stable + margin,
  };
}
