import { closestNull, type Rates } from './closest-null.ts';
import type { Block, Counts } from './counts.ts';
import { limitOf, NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const { log, log1p, min } = Math;

/** Rates to bet on; undefined where the null leaves no room for such a bet, which then wins and loses nothing. */
export type RateBet = Rates | undefined;

/** Odds ratios by which a candidate may be worse, from a slight regression to one that fails nearly every call. */
export const WORSE_ODDS = [1.4, 2, 3.5, 8, 30, 300] as const;

/** Parts of stable's rate that a candidate which is not worse may have. */
export const NOT_WORSE_PARTS = [1, 0.75, 0.5] as const;

/** No bet is on a higher rate: one good answer must not undo all that a failing candidate has shown. */
const HIGHEST_BET = 0.995;

/** The share (0–1) whose odds are `ratio` times those of `share`. */
export function raised(share: number, ratio: number): number {
  const odds = (share / (1 - share)) * ratio;
  return odds / (1 + odds);
}

/**
 * Bets against "the candidate's rate is at most `line` at stable's", where stable's is guessed to be `expected`: one for
 * each of `ratios`, by which its odds may be above.
 */
export function worseBets(
  expected: number,
  line: Tolerance = NO_TOLERANCE,
  ratios: readonly number[] = WORSE_ODDS,
): RateBet[] {
  const limit = limitOf(line, expected);
  if (limit >= HIGHEST_BET) return ratios.map(() => undefined);
  return ratios.map((ratio) => ({ candidate: min(HIGHEST_BET, raised(limit, ratio)), stable: expected }));
}

/** Bets against "the candidate's rate is at least `line` at stable's", where stable's is guessed to be `expected`. */
export function notWorseBets(expected: number, line: Tolerance): RateBet[] {
  // Where the line allows every rate the bet is on a lower one, so that its null point keeps clear of 1.
  const stable = min(expected, (HIGHEST_BET - line.absolute) / (1 + line.relative));
  return NOT_WORSE_PARTS.map((part) =>
    part * stable < limitOf(line, stable) ? { candidate: part * stable, stable } : undefined,
  );
}

/**
 * ln of the factor by which `bet` multiplies its stake on this block. If the block's true rates are in the null and
 * the bet was made before the block was seen, that factor's expectation is at most 1. Counts may be fractional, for
 * what is expected of a block.
 */
export function logPayoff(
  bet: RateBet,
  { candidate, stable }: Block,
  line: Tolerance = NO_TOLERANCE,
): number {
  if (bet === undefined || candidate.calls === 0 || stable.calls === 0) return 0;
  const nullPoint = closestNull(bet, { candidate: candidate.calls, stable: stable.calls }, line);
  return (
    logLikelihoodRatio(candidate, bet.candidate, nullPoint.candidate) +
    logLikelihoodRatio(stable, bet.stable, nullPoint.stable)
  );
}

function logLikelihoodRatio({ calls, bad }: Counts, bet: number, nullRate: number): number {
  return bad * log(bet / nullRate) + (calls - bad) * (log1p(-bet) - log1p(-nullRate));
}
