import type { Buckets } from '../api/evidence.ts';
import { HIGHEST_BUCKET, LOWEST_BUCKET } from '../lib/buckets.ts';
import { DEFAULT_RESTARTS } from './defaults.ts';
import {
  addBuckets,
  addHistograms,
  checkBuckets,
  countFrom,
  exposureOf,
  type HistogramBlock,
  sizeOf,
} from './histogram.ts';
import { addPayoffs, logMeanExp } from './mixture.ts';
import { addMoments, type Moments, momentsOf, NO_MOMENTS } from './moments.ts';
import { gather } from './open-blocks.ts';
import { logPayoff } from './rate-bet.ts';
import { MOST_RESTARTS, mixRestarts, type RestartedEvidence, withRestart } from './restarts.ts';
import { edgesOf, NOT_WORSE_SHIFT_PARTS, notSlowerBets, SHIFT_ODDS, slowerBets } from './shift-bet.ts';
import type { Margins } from './tolerance.ts';

/** Stable's values at one edge: what its shares beyond it are guessed from. */
export interface EdgeGuess {
  /** Number of the bucket that the edge is the lower bound of. */
  edge: number;
  /** Values beyond the edge. */
  beyond: number;
  /** Values beyond the edge raised by the not-worse margin. */
  beyondMargin: number;
}

export interface MomentsPair {
  candidate: Moments;
  stable: Moments;
}

/** All that is known in one rollout of one guardrail on values of which less is better. Plain JSON. */
export interface ShiftState {
  readonly margins: Margins;
  readonly restarts: number;
  /** Stable's values from which the edges will be chosen; they are not judged. Gone once the edges are there. */
  readonly early?: Buckets;
  /** Fixed before the first value is judged; empty until then. */
  readonly edges: readonly EdgeGuess[];
  /** How many values of stable the guesses are from. */
  readonly guessedFrom: number;
  readonly open: readonly HistogramBlock[];
  readonly step: { candidate: number; stable: number };
  readonly overall: MomentsPair;
  /** ln of the payoff of each of `SHIFT_ODDS` at each edge: since the start, then since each restart. */
  readonly worseSums: readonly (readonly number[])[];
  /** ln of the payoff of each of `NOT_WORSE_SHIFT_PARTS` at each edge, in this step. */
  readonly notWorseSums: readonly number[];
}

/** Values of stable that the edges are chosen from: fewer tell little of its 97 % quantile. */
const LEAST_FOR_EDGES = 100;

/** Begins a rollout. `before` is what stable was measured at before it. */
export function startShift(
  before: Buckets = {},
  { restarts = DEFAULT_RESTARTS, margins = { tolerated: 2, notWorse: 2 } } = {},
): ShiftState {
  return withEdges({
    margins,
    restarts: Math.min(restarts, MOST_RESTARTS),
    early: before,
    edges: [],
    guessedFrom: 0,
    open: [],
    step: { candidate: 0, stable: 0 },
    overall: { candidate: NO_MOMENTS, stable: NO_MOMENTS },
    worseSums: [[]],
    notWorseSums: [],
  });
}

/**
 * Adds what was measured since the last look. Until the edges are there stable's values go into choosing them, and the
 * candidate's are shown and not judged.
 * @throws RangeError where there is no such bucket
 */
export function observeShift(state: ShiftState, block: HistogramBlock): ShiftState {
  checkBuckets('candidate', block.candidate, LOWEST_BUCKET, HIGHEST_BUCKET);
  checkBuckets('stable', block.stable, LOWEST_BUCKET, HIGHEST_BUCKET);
  const exposure = exposureOf(block);
  if (exposure.candidate === 0 && exposure.stable === 0) return state;
  const shown = block.shown ?? block;
  const seen = {
    ...state,
    step: {
      candidate: state.step.candidate + exposure.candidate,
      stable: state.step.stable + exposure.stable,
    },
    overall: {
      candidate: addMoments(state.overall.candidate, momentsOf(shown.candidate)),
      stable: addMoments(state.overall.stable, momentsOf(shown.stable)),
    },
  };
  if (state.early !== undefined) return withEdges({ ...seen, early: addBuckets(state.early, block.stable) });
  const { open, closed } = gather(state.open, block, addHistograms, exposureOf);
  return closed.reduce(judgeBlock, { ...seen, open });
}

/** As that of a rate. */
export function restartShift(state: ShiftState): ShiftState {
  const cut = state.open.reduce(judgeBlock, { ...state, open: [] });
  const { worseSums, restarts, edges } = cut;
  return {
    ...cut,
    step: { candidate: 0, stable: 0 },
    worseSums: withRestart(worseSums, restarts, zeros(edges, SHIFT_ODDS)),
    notWorseSums: zeros(edges, NOT_WORSE_SHIFT_PARTS),
  };
}

/** ln of the evidence that the candidate's values are stochastically above stable's raised by what is tolerated. */
export function worseShiftEvidence({ worseSums, restarts }: ShiftState): RestartedEvidence {
  return mixRestarts(
    worseSums.map((sums) => (sums.length === 0 ? 0 : logMeanExp(sums))),
    restarts,
  );
}

/**
 * ln of the evidence, in this step, that at none of the edges the candidate has more values beyond than stable raised by
 * the not-worse margin: the least of the edges' evidence, since each of them has to be shown.
 */
export function notWorseShiftEvidence({ edges, notWorseSums }: ShiftState): number {
  if (edges.length === 0) return 0;
  return Math.min(...edges.map((_, at) => logMeanExp(partOf(notWorseSums, at, NOT_WORSE_SHIFT_PARTS))));
}

/** Stable's guessed shares of values beyond an edge, and beyond it raised by the not-worse margin; never 0 or 1. */
export function guessAt(
  { edges, guessedFrom }: Pick<ShiftState, 'edges' | 'guessedFrom'>,
  at: number,
): { beyond: number; beyondMargin: number } {
  const { beyond, beyondMargin } = edges[at]!;
  // Half a value keeps guesses off 0 and 1, where no bet could be made.
  const share = (count: number) => (count + 0.5) / (guessedFrom + 1);
  return { beyond: share(beyond), beyondMargin: share(beyondMargin) };
}

/** The sums of one edge out of those of all. */
export function partOf(
  sums: readonly number[],
  edge: number,
  { length }: readonly number[],
): readonly number[] {
  return sums.slice(edge * length, (edge + 1) * length);
}

function withEdges(state: ShiftState): ShiftState {
  const { early = {}, margins, worseSums } = state;
  const size = sizeOf(early);
  if (size < LEAST_FOR_EDGES) return state;
  const { early: _chosen, ...rest } = state;
  const edges = edgesOf(early).map((edge) => ({
    edge,
    beyond: countFrom(early, edge),
    beyondMargin: countFrom(early, edge + margins.notWorse),
  }));
  return {
    ...rest,
    edges,
    guessedFrom: size,
    worseSums: worseSums.map(() => zeros(edges, SHIFT_ODDS)),
    notWorseSums: zeros(edges, NOT_WORSE_SHIFT_PARTS),
  };
}

function judgeBlock(state: ShiftState, block: HistogramBlock): ShiftState {
  const { margins, edges } = state;
  const calls = exposureOf(block);
  const worse: number[] = [];
  const notWorse: number[] = [];
  const seen = edges.map(({ edge, beyond, beyondMargin }, at) => {
    const guess = guessAt(state, at);
    const stable = { calls: calls.stable, bad: countFrom(block.stable, edge) };
    const raisedBy = (margin: number) => ({
      candidate: { calls: calls.candidate, bad: countFrom(block.candidate, edge + margin) },
      stable,
    });
    const tolerated = raisedBy(margins.tolerated);
    for (const bet of slowerBets(guess.beyond)) worse.push(logPayoff(bet, tolerated));
    const margin = margins.notWorse === margins.tolerated ? tolerated : raisedBy(margins.notWorse);
    for (const bet of notSlowerBets(guess.beyond, guess.beyondMargin)) notWorse.push(logPayoff(bet, margin));
    return {
      edge,
      beyond: beyond + stable.bad,
      beyondMargin: beyondMargin + countFrom(block.stable, edge + margins.notWorse),
    };
  });
  return {
    ...state,
    edges: seen,
    guessedFrom: state.guessedFrom + calls.stable,
    worseSums: state.worseSums.map((sums) => addPayoffs(sums, worse)),
    notWorseSums: addPayoffs(state.notWorseSums, notWorse),
  };
}

function zeros(edges: readonly unknown[], alternatives: readonly number[]): number[] {
  return edges.flatMap(() => alternatives.map(() => 0));
}
