import { type Counts, rateOf } from './counts.ts';

/** How much worse than stable still counts as the same: at a rate p of stable, (1 + relative)·p + absolute. */
export interface Tolerance {
  /** 0.25 is 25 %. */
  relative: number;
  /** A share (0–1): 0.0025 is a quarter of a point. */
  absolute: number;
}

/** Margins in buckets: by how many the candidate's values may be higher. */
export interface Margins {
  /** What is tolerated: a Fail is proof of more. */
  tolerated: number;
  /** What "not worse" means: a Pass is proof of less. */
  notWorse: number;
}

export const NO_TOLERANCE: Tolerance = { relative: 0, absolute: 0 };

/** The highest candidate rate that is still tolerated; may be above 1. */
export function limitOf({ relative, absolute }: Tolerance, stableRate: number): number {
  return (1 + relative) * stableRate + absolute;
}

/** Whether the candidate's point estimate is worse than stable's by at least the tolerance. False without calls. */
export function exceeds(tolerance: Tolerance, candidate: Counts, stable: Counts): boolean {
  const [worse, base] = [rateOf(candidate), rateOf(stable)];
  if (worse === undefined || base === undefined) return false;
  return worse > base && worse >= limitOf(tolerance, base);
}

/** More in a margin of "not worse" would leave nothing to be shown. */
export const MOST_ABSOLUTE = 0.9;

/** @throws RangeError where a part is negative or no number, or `absolute` is above 0.9. */
export function checkTolerance(whose: string, { relative, absolute }: Tolerance): void {
  if (!Number.isFinite(relative) || relative < 0) {
    throw new RangeError(`${whose}.relative must be a number of at least 0, not ${relative}`);
  }
  if (!(absolute >= 0 && absolute <= MOST_ABSOLUTE)) {
    throw new RangeError(`${whose}.absolute must be a share from 0 to ${MOST_ABSOLUTE}, not ${absolute}`);
  }
}
