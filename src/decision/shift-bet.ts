import type { Buckets } from '../api/evidence.ts';
import { countFrom, sizeOf } from './histogram.ts';
import { type RateBet, worseBets } from './rate-bet.ts';
import { NO_TOLERANCE } from './tolerance.ts';

/** Quantiles of stable's values at which the candidate is compared with it. */
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.97] as const;

/** Odds ratios by which the candidate may have more values beyond an edge than stable has. */
export const SHIFT_ODDS = [1.25, 1.7, 3, 8] as const;

/** Parts of the share of stable's values beyond an edge that a candidate which is not worse may have there. */
export const NOT_WORSE_SHIFT_PARTS = [1, 0.75, 0.5] as const;

/**
 * The bucket numbers that part stable's values nearest to 10, 25, 50, 75, 90 and 97 %, ascending; fewer where two
 * quantiles are in the same bucket. Empty without values.
 */
export function edgesOf(stable: Buckets): number[] {
  const size = sizeOf(stable);
  if (size === 0) return [];
  const buckets = Object.keys(stable).map(Number);
  const [lowest, highest] = [Math.min(...buckets), Math.max(...buckets)];
  const shares: [edge: number, below: number][] = [];
  for (let edge = lowest; edge <= highest + 1; edge++) {
    shares.push([edge, 1 - countFrom(stable, edge) / size]);
  }
  const nearest = QUANTILES.map((quantile) =>
    shares.reduce((best, each) =>
      Math.abs(each[1] - quantile) < Math.abs(best[1] - quantile) ? each : best,
    ),
  );
  return [...new Set(nearest.map(([edge]) => edge))];
}

/**
 * Bets at one edge that more of the candidate's values lie beyond it, raised by the margin, than of stable's beyond the
 * edge itself. `expected` is stable's guessed share beyond it, strictly between 0 and 1.
 */
export function slowerBets(expected: number): RateBet[] {
  return worseBets(expected, NO_TOLERANCE, SHIFT_ODDS);
}

/** Bets that fewer do. `beyondMargin` is stable's guessed share beyond the edge raised by the margin. */
export function notSlowerBets(expected: number, beyondMargin: number): RateBet[] {
  return NOT_WORSE_SHIFT_PARTS.map((part) =>
    part * beyondMargin < expected ? { candidate: part * beyondMargin, stable: expected } : undefined,
  );
}
