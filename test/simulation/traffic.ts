import type { Random } from '../../src/lib/random.ts';
import { drawBinomial } from './binomial.ts';

/** What was measured of one revision's calls; more is worse. */
export interface Measured {
  calls: number;
  /** Of a rate: how many calls were bad. Of values: their sum. */
  sum: number;
  /** Each value in turn; empty for a rate. */
  values: readonly number[];
}

/** What both revisions served between two looks. */
export interface Served {
  candidate: Measured;
  stable: Measured;
}

/** One for each guardrail: at least one. */
export type Each<T> = readonly [T, ...T[]];

/** Where calls come from. */
export interface Traffic {
  /** What stable alone served before the rollout. */
  before(random: Random): Each<Measured>;
  /** What both serve in `seconds` from `second` on, the candidate drawn for a share `weight` (0–1) of the calls. */
  during(second: number, seconds: number, weight: number, random: Random): Each<Served>;
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

/** Stable's history that a rule may use, at most. */
const HOUR = 3_600;
const MOST_CALLS_BEFORE = 2_000;

/** Calls of which some are bad, each call's revision drawn by itself. */
export function rateTraffic({ callsPerSecond, candidate, stable, cluster = 1 }: RateTraffic): Traffic {
  const arm = (calls: number, rate: number, random: Random): Measured => {
    const bad = cluster * drawBinomial(random, Math.floor(calls / cluster), rate);
    const single = drawBinomial(random, calls % cluster, rate);
    return { calls, sum: bad + single, values: [] };
  };
  return {
    before: (random) => [arm(callsBefore(callsPerSecond), stable(-1), random)],
    during: (second, seconds, weight, random) => {
      const calls = callsIn(seconds, callsPerSecond, random);
      const drawn = drawBinomial(random, calls, weight);
      const served = {
        candidate: arm(drawn, candidate(second), random),
        stable: arm(calls - drawn, stable(second), random),
      };
      return [served];
    },
  };
}

export interface ValueTraffic {
  /** Calls that are measured. */
  callsPerSecond: number;
  candidate: (random: Random) => number;
  stable: (random: Random) => number;
}

/** Calls of each of which something is measured. */
export function valueTraffic({ callsPerSecond, candidate, stable }: ValueTraffic): Traffic {
  const arm = (calls: number, draw: (random: Random) => number, random: Random): Measured => {
    const values = Array.from({ length: calls }, () => draw(random));
    return { calls, sum: values.reduce((sum, value) => sum + value, 0), values };
  };
  return {
    before: (random) => [arm(callsBefore(callsPerSecond), stable, random)],
    during: (_, seconds, weight, random) => {
      const calls = callsIn(seconds, callsPerSecond, random);
      const drawn = drawBinomial(random, calls, weight);
      return [{ candidate: arm(drawn, candidate, random), stable: arm(calls - drawn, stable, random) }];
    },
  };
}

/** Several things measured, each of calls of its own. */
export function together(first: Traffic, ...others: Traffic[]): Traffic {
  return {
    before: (random) => [first.before(random)[0], ...others.flatMap((each) => each.before(random))],
    during: (...about) => [first.during(...about)[0], ...others.flatMap((each) => each.during(...about))],
  };
}

function callsBefore(callsPerSecond: number): number {
  return Math.min(MOST_CALLS_BEFORE, Math.floor(callsPerSecond * HOUR));
}

/** Calls come evenly; where that makes no whole number, the rest is the chance of one more. */
function callsIn(seconds: number, callsPerSecond: number, random: Random): number {
  const expected = seconds * callsPerSecond;
  const whole = Math.floor(expected);
  return whole === expected ? whole : whole + (random() < expected - whole ? 1 : 0);
}
