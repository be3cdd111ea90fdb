import {
  addBlocks,
  addCounts,
  type Block,
  type Counts,
  checkCounts,
  EMPTY_BLOCK,
  isEmpty,
} from './counts.ts';
import { DEFAULT_RATE_MARGIN, DEFAULT_RESTARTS } from './defaults.ts';
import { addPayoffs, logMeanExp } from './mixture.ts';
import { gather } from './open-blocks.ts';
import { logPayoff, NOT_WORSE_PARTS, notWorseBets, WORSE_ODDS, worseBets } from './rate-bet.ts';
import { MOST_RESTARTS, mixRestarts, type RestartedEvidence, withRestart } from './restarts.ts';
import { checkTolerance, NO_TOLERANCE, type Tolerance } from './tolerance.ts';

const { max, min } = Math;

/** All that is known of one rate guardrail in one rollout. Plain JSON; `packRate` makes it short. */
export interface RateState {
  /** What stable's rate is guessed from before the first block; may be fractional. */
  readonly prior: Counts;
  /** What "not worse" means. Fixed from the start: a test whose null moves proves nothing. */
  readonly notWorse: Tolerance;
  /** How many restarts were planned. */
  readonly restarts: number;
  /** What is served but not yet judged, a block for each weight. */
  readonly open: readonly Block[];
  /** Calls of stable in the blocks that have been judged: with the prior, what its rate is guessed from. */
  readonly judged: Counts;
  /** Served in this step, open blocks included. */
  readonly step: Block;
  /** Served in the whole rollout, open blocks included. */
  readonly overall: Block;
  /** ln of the payoff of each of `WORSE_ODDS`: since the start, then since each restart. */
  readonly worseSums: readonly (readonly number[])[];
  /** ln of the payoff of each of `NOT_WORSE_PARTS` in this step. */
  readonly notWorseSums: readonly number[];
}

export interface RateOptions {
  /** How many steps will begin after the first; more than `MOST_RESTARTS` share the last. Default 3. */
  restarts?: number;
  /** Default 1.5 times stable's rate and half a point. */
  notWorse?: Tolerance;
}

const LEAST_PRIOR_CALLS = 200;
const MOST_PRIOR_CALLS = 2_000;
/** Rate of the pseudo-calls that fill a short prior. A wrong guess costs power, never validity. */
const PRIOR_RATE = 0.01;

/**
 * Begins a rollout.
 * @param prior what stable served before it, of late; capped at 2,000 calls and filled up to 200
 * @throws RangeError where counts or options make no sense
 */
export function startRate(prior: Counts = EMPTY_BLOCK.stable, options: RateOptions = {}): RateState {
  const { restarts = DEFAULT_RESTARTS, notWorse = DEFAULT_RATE_MARGIN } = options;
  checkCounts('prior', prior);
  checkTolerance('notWorse', notWorse);
  if (!Number.isSafeInteger(restarts) || restarts < 0) {
    throw new RangeError(`restarts must be a whole number of at least 0, not ${restarts}`);
  }
  return {
    prior: bounded(prior),
    notWorse,
    restarts: min(restarts, MOST_RESTARTS),
    open: [],
    judged: EMPTY_BLOCK.stable,
    step: EMPTY_BLOCK,
    overall: EMPTY_BLOCK,
    worseSums: [zeros(WORSE_ODDS)],
    notWorseSums: zeros(NOT_WORSE_PARTS),
  };
}

/**
 * Adds what was served since the last look. Looks may be as frequent as one likes, and as rare.
 * @throws RangeError where counts make no sense
 */
export function observeRate(state: RateState, block: Block): RateState {
  checkCounts('candidate', block.candidate);
  checkCounts('stable', block.stable);
  if (isEmpty(block)) return state;
  const { open, closed } = gather(state.open, block, addBlocks, exposureOf);
  const next = {
    ...state,
    open,
    step: addBlocks(state.step, block),
    overall: addBlocks(state.overall, block),
  };
  return closed.reduce(judgeBlock, next);
}

/**
 * Ends the open blocks: call it between counts of two steps.
 *
 * Whatever is left is judged as a block of its own, however small. That is valid, since a payoff has expectation 1 at
 * any exposure and a step ends on closed blocks and exposure, not on what came out in an open one. It is also all there
 * is to get: a block with one side only pays exactly 1, and its stable calls still inform the next guess.
 */
export function cutBlocks(state: RateState): RateState {
  if (state.open.length === 0) return state;
  return state.open.reduce(judgeBlock, { ...state, open: [] });
}

/**
 * Begins the next step (not the first, which `startRate` begins): cuts the blocks, restarts the evidence and begins
 * the proof of "not worse" anew. Steps beyond those planned restart no evidence and go on with the last.
 */
export function restartAtStep(state: RateState): RateState {
  const cut = cutBlocks(state);
  return {
    ...cut,
    step: EMPTY_BLOCK,
    worseSums: withRestart(cut.worseSums, cut.restarts, zeros(WORSE_ODDS)),
    notWorseSums: zeros(NOT_WORSE_PARTS),
  };
}

/** ln of the evidence that the candidate's rate is above stable's. */
export function worseEvidence({ worseSums, restarts }: RateState): RestartedEvidence {
  return mixRestarts(worseSums.map(logMeanExp), restarts);
}

/** ln of the evidence, in this step, that the candidate's rate is below the not-worse margin. */
export function notWorseEvidence(state: RateState): number {
  return logMeanExp(state.notWorseSums);
}

/** Stable's rate as guessed from the blocks that have been judged; strictly between 0 and 1. */
export function expectedRate({ prior, judged }: Pick<RateState, 'prior' | 'judged'>): number {
  return (prior.bad + judged.bad) / (prior.calls + judged.calls);
}

function exposureOf({ candidate, stable }: Block) {
  return { candidate: candidate.calls, stable: stable.calls };
}

function judgeBlock(state: RateState, block: Block): RateState {
  const expected = expectedRate(state);
  const worse = worseBets(expected).map((bet) => logPayoff(bet, block, NO_TOLERANCE));
  const notWorse = notWorseBets(expected, state.notWorse).map((bet) => logPayoff(bet, block, state.notWorse));
  return {
    ...state,
    judged: addCounts(state.judged, block.stable),
    worseSums: state.worseSums.map((sums) => addPayoffs(sums, worse)),
    notWorseSums: addPayoffs(state.notWorseSums, notWorse),
  };
}

function bounded({ calls, bad }: Counts): Counts {
  const kept = min(calls, MOST_PRIOR_CALLS);
  const filled = max(kept, LEAST_PRIOR_CALLS);
  const known = calls === 0 ? 0 : bad * (kept / calls);
  const guess = known + (filled - kept) * PRIOR_RATE;
  // Half a call keeps the guess off 0 and 1, where no bet could be made.
  return { calls: filled, bad: min(max(guess, 0.5), filled - 0.5) };
}

function zeros(alternatives: readonly number[]): number[] {
  return alternatives.map(() => 0);
}
