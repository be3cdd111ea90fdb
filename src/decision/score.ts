import { type Buckets, SCORE_STEPS } from '../api/evidence.ts';
import { DEFAULT_RESTARTS, DEFAULT_SCORE_MARGIN } from './defaults.ts';
import {
  addHistograms,
  checkBuckets,
  entriesOf,
  exposureOf,
  type HistogramBlock,
  sizeOf,
} from './histogram.ts';
import { addPayoffs, logMeanExp } from './mixture.ts';
import { gather } from './open-blocks.ts';
import { MOST_RESTARTS, mixRestarts, type RestartedEvidence, withRestart } from './restarts.ts';
import {
  type Guess,
  NOT_WORSE_SCORE_PARTS,
  notWorseScorePayoffs,
  WORSE_SCORES,
  worseScorePayoffs,
} from './score-bet.ts';
import { NO_TOLERANCE, type Tolerance } from './tolerance.ts';

/** Answers scored, their badness (0–1) and its square, summed up. */
export interface ScoreSums {
  calls: number;
  sum: number;
  squares: number;
}

export interface ScorePair {
  candidate: ScoreSums;
  stable: ScoreSums;
}

/** All that is known of one score guardrail in one rollout. Plain JSON. */
export interface ScoreState {
  /** What "not worse" means; fixed from the start. */
  readonly notWorse: Tolerance;
  readonly restarts: number;
  /** What is served but not yet judged, a block for each weight. */
  readonly open: readonly HistogramBlock[];
  /** Stable's badness before the rollout and in the blocks that have been judged: what it is guessed from. */
  readonly judged: ScoreSums;
  readonly step: ScorePair;
  readonly overall: ScorePair;
  /** ln of the payoff of each of `WORSE_SCORES`: since the start, then since each restart. */
  readonly worseSums: readonly (readonly number[])[];
  /** ln of the payoff of each of `NOT_WORSE_SCORE_PARTS` in this step. */
  readonly notWorseSums: readonly number[];
}

/** Pseudo-answers of a mean badness of .2 that the guess begins with: a wrong guess costs power, never validity. */
const PSEUDO: ScoreSums = { calls: 5, sum: 1, squares: 0.4 };
const NOTHING: ScoreSums = { calls: 0, sum: 0, squares: 0 };
const NO_PAIR: ScorePair = { candidate: NOTHING, stable: NOTHING };

/** Begins a rollout. `before` is what stable was scored at before it, by badness in twentieths. */
export function startScore(
  before: Buckets = {},
  { restarts = DEFAULT_RESTARTS, notWorse = DEFAULT_SCORE_MARGIN } = {},
): ScoreState {
  return {
    notWorse,
    restarts: Math.min(restarts, MOST_RESTARTS),
    open: [],
    judged: add(PSEUDO, sumsOf(before)),
    step: NO_PAIR,
    overall: NO_PAIR,
    worseSums: [WORSE_SCORES.map(() => 0)],
    notWorseSums: NOT_WORSE_SCORE_PARTS.map(() => 0),
  };
}

/**
 * Adds what was scored since the last look: badness, 1 − score, in twentieths.
 * @throws RangeError where there is no such badness
 */
export function observeScore(state: ScoreState, block: HistogramBlock): ScoreState {
  checkBuckets('candidate', block.candidate, 0, SCORE_STEPS);
  checkBuckets('stable', block.stable, 0, SCORE_STEPS);
  const { candidate, stable } = exposureOf(block);
  if (candidate === 0 && stable === 0) return state;
  const { open, closed } = gather(state.open, block, addHistograms, exposureOf);
  const pair = { candidate: sumsOf(block.candidate), stable: sumsOf(block.stable) };
  return closed.reduce(judgeBlock, {
    ...state,
    open,
    step: addPairs(state.step, pair),
    overall: addPairs(state.overall, pair),
  });
}

/** As that of a rate. */
export function restartScore(state: ScoreState): ScoreState {
  const cut = state.open.reduce(judgeBlock, { ...state, open: [] });
  const { worseSums, restarts } = cut;
  return {
    ...cut,
    step: NO_PAIR,
    worseSums: withRestart(
      worseSums,
      restarts,
      WORSE_SCORES.map(() => 0),
    ),
    notWorseSums: NOT_WORSE_SCORE_PARTS.map(() => 0),
  };
}

/** ln of the evidence that the candidate's mean badness is above stable's. */
export function worseScoreEvidence({ worseSums, restarts }: ScoreState): RestartedEvidence {
  return mixRestarts(worseSums.map(logMeanExp), restarts);
}

/** ln of the evidence, in this step, that it is below the not-worse margin. */
export function notWorseScoreEvidence({ notWorseSums }: ScoreState): number {
  return logMeanExp(notWorseSums);
}

export function guessOf({ judged: { calls, sum, squares } }: Pick<ScoreState, 'judged'>): Guess {
  const mean = sum / calls;
  return { mean, variance: squares / calls - mean ** 2 };
}

/** Mean badness (0–1); undefined where nothing was scored. */
export function meanOf({ calls, sum }: ScoreSums): number | undefined {
  return calls === 0 ? undefined : sum / calls;
}

function judgeBlock(state: ScoreState, block: HistogramBlock): ScoreState {
  const guess = guessOf(state);
  const worse = worseScorePayoffs(block, guess, NO_TOLERANCE);
  const notWorse = notWorseScorePayoffs(block, guess, state.notWorse);
  return {
    ...state,
    judged: add(state.judged, sumsOf(block.stable)),
    worseSums: state.worseSums.map((sums) => addPayoffs(sums, worse)),
    notWorseSums: addPayoffs(state.notWorseSums, notWorse),
  };
}

function sumsOf(buckets: Buckets): ScoreSums {
  let [sum, squares] = [0, 0];
  for (const [bucket, count] of entriesOf(buckets)) {
    const badness = bucket / SCORE_STEPS;
    sum += count * badness;
    squares += count * badness ** 2;
  }
  return { calls: sizeOf(buckets), sum, squares };
}

function addPairs(one: ScorePair, other: ScorePair): ScorePair {
  return { candidate: add(one.candidate, other.candidate), stable: add(one.stable, other.stable) };
}

function add(one: ScoreSums, other: ScoreSums): ScoreSums {
  return {
    calls: one.calls + other.calls,
    sum: one.sum + other.sum,
    squares: one.squares + other.squares,
  };
}
