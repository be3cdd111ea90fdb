import { SCORE_STEPS } from '../api/evidence.ts';
import { entriesOf, exposureOf, type HistogramBlock } from './histogram.ts';
import { limitOf, type Tolerance } from './tolerance.ts';

const { log1p, max, min } = Math;

/** By how much a candidate's mean badness may be above what is allowed: from a slight regression to answers gone bad. */
export const WORSE_SCORES = [0.01, 0.02, 0.04, 0.08, 0.2, 0.5] as const;

/** Parts of stable's mean badness that a candidate which is not worse may have. */
export const NOT_WORSE_SCORE_PARTS = [1, 0.75, 0.5] as const;

/** Most of the stake that one answer may lose. */
const MOST_LOSS = 0.9;
/** Stable's scores may all have been the same; a bet as large as no variance asks for is cut by `MOST_LOSS` anyway. */
const LEAST_VARIANCE = 0.0025;

/** What stable's badness is guessed to be like: its mean and variance, from earlier blocks only. */
export interface Guess {
  mean: number;
  variance: number;
}

/**
 * ln of the factors by which bets that the candidate's mean badness is above `line` at stable's multiply their stakes,
 * one for each of `WORSE_SCORES`. With a_c = u_c(μ_c − p_c) and a_s = −u_s(μ_s − p_s) the expectation of a factor is
 * (1 + a_c)^n_c·(1 + a_s)^n_s, by the inequality of means at most (1 + u_c·n_c·(μ_c − r·μ_s − δ)/n)^n, because
 * n_s·u_s = r·n_c·u_c and p_c = r·p_s + δ: at most 1 under the null, whatever the distribution of badness in 0 to 1.
 * (Betting on bounded means: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting".)
 */
export function worseScorePayoffs(block: HistogramBlock, guess: Guess, line: Tolerance): number[] {
  return WORSE_SCORES.map((above) => payoff(block, guess, limitOf(line, guess.mean) + above, line, 1));
}

/** As `worseScorePayoffs`, of bets that it is below `line`, one for each of `NOT_WORSE_SCORE_PARTS`. */
export function notWorseScorePayoffs(block: HistogramBlock, guess: Guess, line: Tolerance): number[] {
  return NOT_WORSE_SCORE_PARTS.map((part) => payoff(block, guess, part * guess.mean, line, -1));
}

/** `side` is 1 for a bet on a mean above the line, −1 for one below. */
function payoff(block: HistogramBlock, guess: Guess, bet: number, line: Tolerance, side: 1 | -1): number {
  const n = exposureOf(block);
  if (n.candidate === 0 || n.stable === 0) return 0;
  const factor = 1 + line.relative;
  const stable =
    (n.candidate * factor * (bet - line.absolute) + n.stable * guess.mean) /
    (n.candidate * factor ** 2 + n.stable);
  const candidate = limitOf(line, stable);
  const wanted = (side * (bet - candidate)) / max(guess.variance, LEAST_VARIANCE);
  if (!(wanted > 0)) return 0;
  // What one candidate answer and one of stable can lose at worst, for each unit staked on the candidate's side.
  const perStable = (factor * n.candidate) / n.stable;
  const [lossCandidate, lossStable] = side > 0 ? [candidate, 1 - stable] : [1 - candidate, stable];
  const stake = side * min(wanted, mostStake(lossCandidate), mostStake(perStable * lossStable));
  return won(block.candidate, stake, candidate) + won(block.stable, -stake * perStable, stable);
}

function mostStake(loss: number): number {
  return loss > 0 ? MOST_LOSS / loss : Number.POSITIVE_INFINITY;
}

function won(buckets: HistogramBlock['candidate'], stake: number, from: number): number {
  let sum = 0;
  for (const [bucket, count] of entriesOf(buckets)) {
    sum += count * log1p(stake * (bucket / SCORE_STEPS - from));
  }
  return sum;
}
