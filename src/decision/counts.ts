/** Calls of one revision and how many of them were bad: whole numbers, `bad` at most `calls`. */
export interface Counts {
  calls: number;
  bad: number;
}

/**
 * What candidate and stable served at the same time and at one weight. Both conditions carry the whole validity of a
 * comparison: a block that spans two weights compares a quiet hour of one revision with a busy hour of the other.
 */
export interface Block {
  candidate: Counts;
  stable: Counts;
  /** The candidate's share of calls in percent: blocks of two weights are never joined. Missing is a weight too. */
  weight?: number;
}

export const EMPTY_BLOCK: Block = { candidate: { calls: 0, bad: 0 }, stable: { calls: 0, bad: 0 } };

/** The sum of both, under the weight of the first. */
export function addBlocks(one: Block, other: Block): Block {
  return {
    ...one,
    candidate: addCounts(one.candidate, other.candidate),
    stable: addCounts(one.stable, other.stable),
  };
}

export function isEmpty({ candidate, stable }: Block): boolean {
  return candidate.calls === 0 && stable.calls === 0;
}

export function addCounts(one: Counts, other: Counts): Counts {
  return { calls: one.calls + other.calls, bad: one.bad + other.bad };
}

/** The share of bad calls (0–1); undefined where there was no call. */
export function rateOf({ calls, bad }: Counts): number | undefined {
  return calls === 0 ? undefined : bad / calls;
}

/** @throws RangeError where counts are negative, no whole numbers, or more are bad than were served. */
export function checkCounts(whose: string, { calls, bad }: Counts): void {
  if (!Number.isSafeInteger(calls) || calls < 0) {
    throw new RangeError(`${whose}.calls must be a whole number of at least 0, not ${calls}`);
  }
  if (!Number.isSafeInteger(bad) || bad < 0 || bad > calls) {
    throw new RangeError(`${whose}.bad must be a whole number from 0 to ${calls} calls, not ${bad}`);
  }
}
