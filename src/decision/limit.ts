import { addPayoffs, logMeanExp } from './mixture.ts';
import { raised, WORSE_ODDS } from './rate-bet.ts';

/**
 * What is known of a ceiling on the mean of what the candidate alone is measured at. Plain JSON.
 *
 * The test is by betting (Waudby-Smith and Ramdas): a stake u on "the mean is above the ceiling m" is multiplied by
 * 1 + u·(y − m) for each value y ≥ 0; with 0 ≤ u < 1/m that is never negative and has expectation at most 1 as long as
 * the mean is at most m, whatever the distribution. Stakes are fixed, so looks and weights do not matter.
 */
export interface LimitState {
  /** The ceiling, above 0, in the unit of the values. */
  readonly ceiling: number;
  /** ln of what each stake has become. */
  readonly sums: readonly number[];
  readonly calls: number;
  /** Sum of the values. */
  readonly total: number;
}

/** Parts of the greatest stake there is, for values without an upper bound. */
const PARTS = [0.02, 0.1, 0.3, 0.6, 0.9] as const;

/** A ceiling on a mean: a cost, a number of tokens, badness. */
export function startMeanLimit(ceiling: number): LimitState {
  return start(ceiling, PARTS.length);
}

/** A ceiling (0–1) on a share of calls: values are 0 or 1. */
export function startShareLimit(ceiling: number): LimitState {
  return start(ceiling, WORSE_ODDS.length);
}

/** Adds values of the candidate with their numbers. */
export function observeMean(
  state: LimitState,
  values: readonly (readonly [value: number, count: number])[],
): LimitState {
  return observe(
    state,
    values,
    PARTS.map((part) => part / state.ceiling),
  );
}

/** Adds calls of the candidate, `bad` of which count against the ceiling. */
export function observeShare(state: LimitState, { calls, bad }: { calls: number; bad: number }): LimitState {
  const { ceiling } = state;
  const stakes = WORSE_ODDS.map((ratio) => (raised(ceiling, ratio) - ceiling) / (ceiling * (1 - ceiling)));
  return observe(
    state,
    [
      [0, calls - bad],
      [1, bad],
    ],
    stakes,
  );
}

/** ln of the evidence that the mean is above the ceiling. */
export function limitEvidence({ sums }: LimitState): number {
  return logMeanExp(sums);
}

function start(ceiling: number, stakes: number): LimitState {
  return { ceiling, sums: Array<number>(stakes).fill(0), calls: 0, total: 0 };
}

function observe(
  state: LimitState,
  values: readonly (readonly [value: number, count: number])[],
  stakes: readonly number[],
): LimitState {
  const { ceiling } = state;
  let { calls, total } = state;
  for (const [value, count] of values) {
    calls += count;
    total += count * value;
  }
  if (calls === state.calls) return state;
  const payoffs = stakes.map((stake) => {
    let sum = 0;
    for (const [value, count] of values) if (count > 0) sum += count * Math.log1p(stake * (value - ceiling));
    return sum;
  });
  return { ceiling, calls, total, sums: addPayoffs(state.sums, payoffs) };
}
