import { SCORE_STEPS } from '../api/evidence.ts';
import { type BurstState, NO_BURSTS, overdispersion, tempered } from './bursts.ts';
import { callsUntil, type Growth } from './calls-missing.ts';
import { rateOf } from './counts.ts';
import { expectedRate, notWorseEvidence, type RateState, worseEvidence } from './rate.ts';
import { logPayoff, notWorseBets } from './rate-bet.ts';
import type { RestartedEvidence } from './restarts.ts';
import {
  guessOf,
  meanOf,
  notWorseScoreEvidence,
  type ScorePair,
  type ScoreState,
  worseScoreEvidence,
} from './score.ts';
import { notWorseScorePayoffs } from './score-bet.ts';
import { guessAt, notWorseShiftEvidence, partOf, type ShiftState, worseShiftEvidence } from './shift.ts';
import { NOT_WORSE_SHIFT_PARTS, notSlowerBets } from './shift-bet.ts';
import { exceeds, type Tolerance } from './tolerance.ts';
import type { Sample } from './verdict.ts';

/** What is known of one guardrail, whatever it measures. Evidence as ln E. */
export interface Reading {
  /** Whether there is something to judge by: both revisions were measured, or the candidate where it has a limit. */
  hasData: boolean;
  /** That the candidate is worse. */
  worse: RestartedEvidence;
  /** Whether the point estimate, over the whole rollout or this step, is beyond the tolerance. */
  beyond: { overall: boolean; step: boolean };
  /** That the candidate is not worse, from this step. */
  notWorse: number;
  candidate: Sample;
  stable: Sample;
  /** About how many more candidate calls until the evidence for "not worse" reaches `threshold`, if both are equal. */
  callsMissing(threshold: number): number | undefined;
}

/** A rate guardrail's reading. Evidence allows for the bursts that were seen. */
export function readRate(state: RateState, tolerance: Tolerance, bursts: BurstState = NO_BURSTS): Reading {
  const { overall, step } = state;
  const phi = overdispersion(bursts);
  const { all, latest } = worseEvidence(state);
  const sample = (side: 'candidate' | 'stable'): Sample => ({
    calls: overall[side].calls,
    bad: overall[side].bad,
    value: rateOf(overall[side]),
  });
  return {
    hasData: overall.candidate.calls > 0 && overall.stable.calls > 0,
    worse: { all: tempered(all, phi), latest: tempered(latest, phi) },
    beyond: {
      overall: exceeds(tolerance, overall.candidate, overall.stable),
      step: exceeds(tolerance, step.candidate, step.stable),
    },
    notWorse: tempered(notWorseEvidence(state), phi),
    candidate: sample('candidate'),
    stable: sample('stable'),
    callsMissing: (threshold) =>
      callsUntil(phi * Math.log(threshold), state.notWorseSums, step.candidate.calls, growthOfRate(state)),
  };
}

/** A score guardrail's reading: values are mean badness. */
export function readScore(state: ScoreState, tolerance: Tolerance): Reading {
  const { overall, step } = state;
  const beyond = ({ candidate, stable }: ScorePair) =>
    exceeds(
      tolerance,
      { calls: candidate.calls, bad: candidate.sum },
      { calls: stable.calls, bad: stable.sum },
    );
  return {
    hasData: overall.candidate.calls > 0 && overall.stable.calls > 0,
    worse: worseScoreEvidence(state),
    beyond: { overall: beyond(overall), step: beyond(step) },
    notWorse: notWorseScoreEvidence(state),
    candidate: { calls: overall.candidate.calls, value: meanOf(overall.candidate) },
    stable: { calls: overall.stable.calls, value: meanOf(overall.stable) },
    callsMissing: (threshold) =>
      callsUntil(Math.log(threshold), state.notWorseSums, step.candidate.calls, growthOfScore(state)),
  };
}

/** The reading of a guardrail on values: those shown are the arms' geometric means, in the unit of the buckets. */
export function readShift(state: ShiftState): Reading {
  const { overall, step, edges } = state;
  const sample = ({ calls, logs }: { calls: number; logs: number }): Sample => ({
    calls,
    value: calls === 0 ? undefined : Math.exp(logs / calls),
  });
  // What is tolerated is part of what the evidence speaks against: all of it counts.
  const beyond = edges.length > 0;
  return {
    hasData: overall.candidate.calls > 0 && overall.stable.calls > 0,
    worse: worseShiftEvidence(state),
    beyond: { overall: beyond, step: beyond },
    notWorse: notWorseShiftEvidence(state),
    candidate: sample(overall.candidate),
    stable: sample(overall.stable),
    callsMissing(threshold) {
      const waits = edges.map((_, at) =>
        callsUntil(
          Math.log(threshold),
          partOf(state.notWorseSums, at, NOT_WORSE_SHIFT_PARTS),
          step.candidate,
          growthAtEdge(state, at),
        ),
      );
      if (waits.length === 0 || waits.some((wait) => wait === undefined)) return undefined;
      return Math.max(...(waits as number[]));
    },
  };
}

function growthOfRate({ step, notWorse, ...state }: RateState): Growth | undefined {
  const ratio = ratioOf(step.candidate.calls, step.stable.calls);
  if (ratio === undefined) return undefined;
  const rate = expectedRate(state);
  const perCall = {
    candidate: { calls: 1, bad: rate },
    stable: { calls: ratio, bad: ratio * rate },
  };
  return notWorseBets(rate, notWorse).map((bet) => logPayoff(bet, perCall, notWorse));
}

/** As if badness were either 0 or 1 with the mean that is guessed, which takes longest. */
function growthOfScore({ step, notWorse, ...state }: ScoreState): Growth | undefined {
  const ratio = ratioOf(step.candidate.calls, step.stable.calls);
  if (ratio === undefined) return undefined;
  const guess = guessOf(state);
  const split = (calls: number) => ({ 0: calls * (1 - guess.mean), [SCORE_STEPS]: calls * guess.mean });
  return notWorseScorePayoffs({ candidate: split(1), stable: split(ratio) }, guess, notWorse);
}

function growthAtEdge(state: ShiftState, at: number): Growth | undefined {
  const ratio = ratioOf(state.step.candidate, state.step.stable);
  if (ratio === undefined) return undefined;
  const { beyond, beyondMargin } = guessAt(state, at);
  const perCall = {
    candidate: { calls: 1, bad: beyondMargin },
    stable: { calls: ratio, bad: ratio * beyond },
  };
  return notSlowerBets(beyond, beyondMargin).map((bet) => logPayoff(bet, perCall));
}

function ratioOf(candidate: number, stable: number): number | undefined {
  return candidate === 0 || stable === 0 ? undefined : stable / candidate;
}
