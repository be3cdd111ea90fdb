import type { Metric } from '../../src/api/guardrail.ts';
import type { Random } from '../../src/lib/random.ts';
import { drawBinomial } from './binomial.ts';

/** What one revision was measured at in one respect; more is worse. */
export interface Measured {
  /** Calls served, measured or not. */
  served: number;
  /** Calls measured. */
  calls: number;
  /** Of a rate: how many calls were bad. Of values: their sum. */
  sum: number;
  /** Each value in turn; empty for a rate. */
  values: readonly number[];
}

/** What both revisions were measured at between two looks. */
export interface Pair {
  metric: Metric;
  candidate: Measured;
  stable: Measured;
}

/** One for each thing measured, the same and in the same order at each look. */
export type Each<T> = readonly [T, ...T[]];

/** Where calls come from. */
export interface Traffic {
  /** What stable alone served before the rollout; of the candidate there is nothing. */
  before(random: Random): Each<Pair>;
  /** What both serve in `seconds` from `second` on, the candidate drawn for a share `weight` (0–1) of the calls. */
  during(second: number, seconds: number, weight: number, random: Random): Each<Pair>;
}

/** A rate (0–1) at so many seconds from the start of the rollout. */
export type RateAt = (second: number) => number;

export interface RateTraffic {
  callsPerSecond: number;
  candidate: RateAt;
  stable: RateAt;
  /** How many bad calls come together, all of one revision; 1 unless said. */
  cluster?: number;
}

/** Calls of which some fail, each call's revision drawn by itself. */
export function rateTraffic({ callsPerSecond, candidate, stable, cluster = 1 }: RateTraffic): Traffic {
  const arm = (calls: number, rate: number, random: Random): Measured => {
    const bad = cluster * drawBinomial(random, Math.floor(calls / cluster), rate);
    return counted(calls, bad + drawBinomial(random, calls % cluster, rate));
  };
  return traffic(callsPerSecond, (drawn, second, random) => [
    {
      metric: 'ErrorRate',
      candidate: arm(drawn.candidate, candidate(second), random),
      stable: arm(drawn.stable, stable(second), random),
    },
  ]);
}

export interface ValueTraffic {
  metric: Metric;
  callsPerSecond: number;
  /** Share of calls that are measured; all, unless said. */
  measured?: number;
  candidate: (random: Random) => number;
  stable: (random: Random) => number;
}

/** Calls of which something is measured. */
export function valueTraffic({ metric, callsPerSecond, measured = 1, ...draws }: ValueTraffic): Traffic {
  const arm = (served: number, draw: (random: Random) => number, random: Random) =>
    valued(served, drawBinomial(random, served, measured), draw, random);
  return traffic(callsPerSecond, (drawn, _, random) => [
    {
      metric,
      candidate: arm(drawn.candidate, draws.candidate, random),
      stable: arm(drawn.stable, draws.stable, random),
    },
  ]);
}

/** Calls drawn for each revision. */
export interface Drawn {
  candidate: number;
  stable: number;
}

/** What stable served in its last hour, of which no rule needs more than this. */
const HOUR = 3_600;
const MOST_CALLS_BEFORE = 2_000;

/** Calls that come evenly, each drawn for the candidate or stable; `measure` says what they were like. */
export function traffic(
  callsPerSecond: number,
  measure: (drawn: Drawn, second: number, random: Random) => Each<Pair>,
): Traffic {
  return {
    before(random) {
      const stable = Math.min(MOST_CALLS_BEFORE, Math.floor(callsPerSecond * HOUR));
      return measure({ candidate: 0, stable }, -1, random);
    },
    during(second, seconds, weight, random) {
      const expected = seconds * callsPerSecond;
      const whole = Math.floor(expected);
      // Where that makes no whole number, the rest is the chance of one more.
      const calls = whole === expected ? whole : whole + (random() < expected - whole ? 1 : 0);
      const candidate = drawBinomial(random, calls, weight);
      return measure({ candidate, stable: calls - candidate }, second, random);
    },
  };
}

/** Calls of which so many were bad. */
export function counted(calls: number, bad: number): Measured {
  return { served: calls, calls, sum: bad, values: [] };
}

/** So many values drawn. */
export function valued(
  served: number,
  calls: number,
  draw: (random: Random) => number,
  random: Random,
): Measured {
  const values = Array.from({ length: calls }, () => draw(random));
  return { served, calls, sum: values.reduce((sum, value) => sum + value, 0), values };
}
