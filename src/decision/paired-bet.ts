import { logMeanExp } from './mixture.ts';

const { log, log1p, min, sqrt } = Math;

/**
 * For which spreads of the differences the bets are the best. Scores that are read off one answer differ by about .4,
 * those of a judge or means of many repeats by less.
 */
const SPREADS = [0.1, 0.2, 0.4, 0.8] as const;
/** Most of the stake that one case may lose. */
const MOST_LOSS = 0.95;

/**
 * ln of the evidence that the mean of independent `differences` (each −1 to 1) is below `line`; grows with `line`. It is
 * the mean over a few stakes λ of ∏(1 + λ(line − dᵢ)), a bet on each case (Waudby-Smith and Ramdas, "Estimating means of
 * bounded random variables by betting", 2023), the stakes fixed by the number of cases, the line and the risk.
 * Differences need not have one mean, shape or variance for all cases: by independence and the inequality of means its
 * expectation is at most (1 + λ(line − mean of E dᵢ))ⁿ, at most 1 where that mean is at the line or above. By Markov's
 * inequality it then reaches 1/risk with a chance of at most `risk`. So it holds for cases that were drawn and for cases
 * that are fixed and whose answers vary, and their order does not matter.
 */
export function evidenceBelow(line: number, differences: readonly number[], risk: number): number {
  return logMeanExp(
    stakesAt(line, differences.length, risk).map((stake) =>
      differences.reduce((sum, difference) => sum + won(stake, line, difference), 0),
    ),
  );
}

/** The stake that needs the least difference to reach 1/risk, for each of `SPREADS`, cut to what may be lost. */
export function stakesAt(line: number, cases: number, risk: number): number[] {
  const best = sqrt((2 * log(1 / risk)) / cases);
  return SPREADS.map((spread) => min(best / spread, MOST_LOSS / (1 - line)));
}

/** ln of the factor by which one case multiplies what is staked on a mean below `line`. */
export function won(stake: number, line: number, difference: number): number {
  return log1p(stake * (line - difference));
}
