import type { Metric } from '../api/rollout.ts';
import type { Tolerance } from './tolerance.ts';

/** Chance of rolling back a candidate that is not worse, over a whole rollout. */
export const DEFAULT_RISK = 0.05;

/** A candidate does not advance while the evidence against it is this strong: it waits for more calls instead. */
export const SOFT_PAUSE = 2;

/** Steps after the first of the default rollout: 25 %, 50 % and the bake. */
export const DEFAULT_RESTARTS = 3;

/** "Not worse" for a rate: 1.5 times stable's and half a point. */
export const DEFAULT_RATE_MARGIN: Tolerance = { relative: 0.5, absolute: 0.005 };

export interface RateDefault {
  /** Its part of the risk, before the parts in use are scaled to add up to 1. */
  weight: number;
  tolerance: Tolerance;
  notWorse: Tolerance;
}

const RATE_DEFAULTS: Partial<Record<Metric, RateDefault>> = {
  ErrorRate: rate(0.3, 0.0025),
  SchemaFailureRate: rate(0.2, 0.0025),
  RefusalRate: rate(0.15, 0.005),
  NegativeFeedbackRate: rate(0.15, 0.01),
};

const OTHER_RATE = rate(0.15, 0.005);

/** What holds for a rate guardrail whose spec says nothing else; a rate of the user's own counts like refusals. */
export function rateDefault(metric?: Metric): RateDefault {
  return (metric && RATE_DEFAULTS[metric]) ?? OTHER_RATE;
}

function rate(weight: number, absolute: number): RateDefault {
  return { weight, tolerance: { relative: 0.25, absolute }, notWorse: DEFAULT_RATE_MARGIN };
}
