import { detectableDrop } from './detectable.ts';
import { leastWhere } from './least-where.ts';
import { evidenceBelow } from './paired-bet.ts';

/** What two revisions scored (0 to 1) on one case, a score for each time that it was answered. */
export interface PairedCase {
  candidate: readonly number[];
  stable: readonly number[];
}

export interface PairedSettings {
  /** How much lower the candidate's mean score may be, 0 to below 1. */
  tolerance: number;
  /** Chance of calling a candidate worse that is at the tolerance or better. */
  risk: number;
}

/** What came out of a comparison. Scores are 0 to 1, differences −1 to 1. */
export interface Paired {
  /** Whether the candidate's mean score is proven to be lower than the tolerance allows. */
  worse: boolean;
  /** How many cases were compared. */
  cases: number;
  /** The candidate's mean score. */
  candidate: number;
  /** Stable's. */
  stable: number;
  /** The candidate's mean score less stable's: below 0 where it is lower. */
  difference: number;
  /** The true difference is above this: wrong with a chance of at most `risk`. */
  low: number;
  /** The true difference is below this: wrong with a chance of at most `risk`. `worse` is that it is below −tolerance. */
  high: number;
  /** How likely such evidence would be, at most, of a candidate at the tolerance. `worse` is that it is at most `risk`. */
  pValue: number;
  /**
   * About the smallest drop of the mean score that as many cases, this noisy, prove in four of five runs. Absent where
   * not even answers that all score 0 would be proof.
   */
  detectable?: number;
}

/**
 * Compares two revisions on the same cases by `evidenceBelow`, which supposes nothing of scores but their bounds. Answers
 * to one case are not independent of each other: they count as their mean. Undefined without a case; one that could not
 * be scored on both sides is for the caller to leave out, and to count.
 *
 * @throws RangeError for a score outside of 0 to 1, a case without one, and settings that cannot be
 */
export function comparePaired(
  cases: readonly PairedCase[],
  { tolerance, risk }: PairedSettings,
): Paired | undefined {
  if (!(tolerance >= 0 && tolerance < 1))
    throw new RangeError(`tolerance must be in [0, 1), not ${tolerance}`);
  if (!(risk > 0 && risk < 1)) throw new RangeError(`risk must be in (0, 1), not ${risk}`);
  if (cases.length === 0) return undefined;
  const candidates = cases.map(({ candidate }, at) => scoreOf(candidate, `candidate, case ${at + 1}`));
  const stables = cases.map(({ stable }, at) => scoreOf(stable, `stable, case ${at + 1}`));
  const differences = candidates.map((score, at) => score - (stables[at] as number));
  const evidence = evidenceBelow(-tolerance, differences, risk);
  const detectable = detectableDrop({ differences, stables, tolerance, risk });
  const losses = differences.map((difference) => -difference);
  return {
    worse: evidence >= Math.log(1 / risk),
    cases: cases.length,
    candidate: mean(candidates),
    stable: mean(stables),
    difference: mean(differences),
    low: -upperLimit(losses, risk),
    high: upperLimit(differences, risk),
    pValue: Math.min(1, Math.exp(-evidence)),
    ...(detectable !== undefined && { detectable }),
  };
}

/**
 * Whether a mean score reaches a least one that people set. The plain mean decides, for it is a bar for the answers to
 * these cases: nothing is compared, so nothing has to be proven. A billionth below it is rounding.
 */
export function reachesMinimum(score: number, minimum: number): boolean {
  return score >= minimum - 1e-9;
}

/** The highest mean that `differences` do not disprove. */
function upperLimit(differences: readonly number[], risk: number): number {
  return leastWhere((line) => evidenceBelow(line, differences, risk) >= Math.log(1 / risk), -1, 1) ?? 1;
}

function scoreOf(scores: readonly number[], place: string): number {
  if (scores.length === 0) throw new RangeError(`${place}: has no score`);
  for (const score of scores) {
    if (!(score >= 0 && score <= 1))
      throw new RangeError(`${place}: a score must be in [0, 1], not ${score}`);
  }
  return mean(scores);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
