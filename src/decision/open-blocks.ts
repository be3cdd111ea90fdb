import type { Exposure } from './closest-null.ts';

/** A block that is smaller says little: one failing call of n_c = 1 can count at most n_s + 1 fold. */
const LEAST_CANDIDATE_CALLS = 1;
const LEAST_STABLE_CALLS = 3;

/** Feedback on calls of earlier weights may come for days; blocks of two weights beside the one in force are plenty. */
const MOST_OPEN = 3;

/**
 * Adds a block to the open one of its weight. What has had exposure enough to be judged comes out, and the oldest where
 * too many are open: exposure alone decides. Were a block closed because of what came out, its expectation would no
 * longer be 1.
 */
export function gather<B extends { weight?: number }>(
  open: readonly B[],
  block: B,
  add: (one: B, other: B) => B,
  exposureOf: (block: B) => Exposure,
): { open: readonly B[]; closed: readonly B[] } {
  const same = open.find(({ weight }) => weight === block.weight);
  const others = open.filter((each) => each !== same);
  const joined = same === undefined ? block : add(same, block);
  const { candidate, stable } = exposureOf(joined);
  if (candidate >= LEAST_CANDIDATE_CALLS && stable >= LEAST_STABLE_CALLS) {
    return { open: others, closed: [joined] };
  }
  const all = [...others, joined];
  return { open: all.slice(-MOST_OPEN), closed: all.slice(0, -MOST_OPEN) };
}
