import { leastWhere } from './least-where.ts';
import { stakesAt, won } from './paired-bet.ts';

/** The normal quantile of .8: a drop is to be found in four of five runs. */
const POWER_Z = 0.8416;

export interface DropsOf {
  /** Candidate's score less stable's, by case. */
  differences: readonly number[];
  /** What stable scored, by case. */
  stables: readonly number[];
  tolerance: number;
  risk: number;
}

/**
 * About the smallest drop of the mean score that as many cases, this noisy, prove in four of five runs; undefined where
 * not even the loss of all that stable scores would be. It supposes that differences vary as they were seen to, but
 * around 0, that a drop is answers that lose all that stable's scored, and that the sum of one stake's winnings is normal.
 */
export function detectableDrop({ differences, stables, tolerance, risk }: DropsOf): number | undefined {
  const [shift, most] = [mean(differences), mean(stables)];
  if (most === 0) return undefined;
  const cases = differences.length;
  const stakes = stakesAt(-tolerance, cases, risk);
  const bets = stakes.map((stake) => {
    const sharedBy = stakes.filter((other) => other === stake).length;
    const unchanged = differences.map((difference) => won(stake, -tolerance, clamp(difference - shift)));
    const lost = stables.map((score) => won(stake, -tolerance, -score));
    return {
      needed: Math.log(stakes.length / sharedBy / risk),
      unchanged: { mean: mean(unchanged), square: meanSquare(unchanged) },
      lost: { mean: mean(lost), square: meanSquare(lost) },
    };
  });
  return leastWhere(
    (drop) =>
      bets.some(({ needed, unchanged, lost }) => {
        const share = drop / most;
        const average = (1 - share) * unchanged.mean + share * lost.mean;
        const square = (1 - share) * unchanged.square + share * lost.square;
        const spread = Math.sqrt(cases * Math.max(0, square - average ** 2));
        return cases * average - POWER_Z * spread >= needed;
      }),
    0,
    most,
  );
}

const clamp = (difference: number) => Math.max(-1, Math.min(1, difference));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const meanSquare = (values: readonly number[]) => mean(values.map((value) => value ** 2));
