import type { GuardrailStatus } from '../api/status.ts';
import type { Counts } from './counts.ts';
import { formatChange, formatPoints } from './figures.ts';
import type { GuardrailState } from './guardrail-state.ts';
import type { Moments } from './moments.ts';
import type { ScoreSums } from './score.ts';

/** The mean of one arm: how many values, their mean and variance. */
export interface Mean {
  calls: number;
  mean: number;
  variance: number;
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Chance that the interval is ever wrong, over all looks. */
const ALPHA = 0.05;
/** Calls at which the interval is narrowest for what it promises; it is valid before and after. */
const TUNED_FOR = 5_000;
/** The interval rests on a central limit: with fewer values it would promise too much. */
const LEAST_CALLS = 50;

/**
 * An interval for the difference of two means that is right at every look with a chance of 95 %: the asymptotic confidence
 * sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform central limit theory and asymptotic
 * confidence sequences", 2021, Theorem 2.2), its variance that of the difference. Undefined with fewer than 50 values
 * of either arm.
 */
export function differenceOf(candidate: Mean, stable: Mean): Interval | undefined {
  if (candidate.calls < LEAST_CALLS || stable.calls < LEAST_CALLS) return undefined;
  const value = candidate.mean - stable.mean;
  const squaredError = candidate.variance / candidate.calls + stable.variance / stable.calls;
  const n = candidate.calls + stable.calls;
  const tuning = Math.log(1 / ALPHA);
  const rho = (2 * tuning + Math.log(2 * tuning + 1)) / TUNED_FOR;
  const half = Math.sqrt(
    ((2 * (n * rho + 1)) / (n * rho)) * Math.log(Math.sqrt(n * rho + 1) / ALPHA) * squaredError,
  );
  return { value, low: value - half, high: value + half };
}

/**
 * How far the candidate is from stable, in words: shares and scores in points, values as a change of their geometric means.
 * Undefined while there is too little.
 */
export function differenceIn(known: GuardrailState): GuardrailStatus['difference'] {
  switch (known.method) {
    case 'rate':
      return written(
        differenceOf(ofCounts(known.state.overall.candidate), ofCounts(known.state.overall.stable)),
        formatPoints,
      );
    case 'score':
      return written(
        differenceOf(ofScores(known.state.overall.candidate), ofScores(known.state.overall.stable)),
        formatPoints,
      );
    case 'shift':
      return written(
        differenceOf(ofLogs(known.state.overall.candidate), ofLogs(known.state.overall.stable)),
        formatChange,
      );
  }
}

function written(
  interval: Interval | undefined,
  format: (value: number) => string,
): GuardrailStatus['difference'] {
  return (
    interval && { value: format(interval.value), low: format(interval.low), high: format(interval.high) }
  );
}

function ofCounts({ calls, bad }: Counts): Mean {
  const mean = bad / calls;
  return { calls, mean, variance: mean * (1 - mean) };
}

/** Of scores, not of badness: higher is better. */
function ofScores({ calls, sum, squares }: ScoreSums): Mean {
  const badness = sum / calls;
  return { calls, mean: 1 - badness, variance: squares / calls - badness ** 2 };
}

function ofLogs({ calls, logs, logSquares }: Moments): Mean {
  const mean = logs / calls;
  return { calls, mean, variance: logSquares / calls - mean ** 2 };
}
