import type { RateMetric, ValueMetric } from '../api/guardrail.ts';
import type { Margins, Tolerance } from './tolerance.ts';

/** Chance of rolling back a candidate that is not worse, over a whole rollout. */
export const DEFAULT_RISK = 0.05;

/** A candidate does not advance while the evidence against it is this strong: it waits for more calls instead. */
export const SOFT_PAUSE = 2;

/** Steps after the first of the default rollout: 25 %, 50 % and the bake. */
export const DEFAULT_RESTARTS = 3;

/** "Not worse" for a rate: 1.5 times stable's and half a point. */
export const DEFAULT_RATE_MARGIN: Tolerance = { relative: 0.5, absolute: 0.005 };

/** "Not worse" for a mean score: .03 lower. */
export const DEFAULT_SCORE_MARGIN: Tolerance = { relative: 0, absolute: 0.03 };

export interface RateDefault {
  /** Its part of the risk, before the parts in use are scaled to add up to 1. */
  weight: number;
  tolerance: Tolerance;
  notWorse: Tolerance;
}

const RATE_DEFAULTS: Partial<Record<RateMetric | 'custom', RateDefault>> = {
  ErrorRate: rate(0.3, 0.0025),
  SchemaFailureRate: rate(0.2, 0.0025),
  RefusalRate: rate(0.15, 0.005),
  NegativeFeedbackRate: rate(0.15, 0.01),
};

const OTHER_RATE = rate(0.15, 0.005);

/** What holds for a rate guardrail whose spec says nothing else; a rate of the user's own counts like refusals. */
export function rateDefault(metric: RateMetric | 'custom'): RateDefault {
  return RATE_DEFAULTS[metric] ?? OTHER_RATE;
}

/** What holds for a score guardrail whose spec says nothing else. */
export const SCORE_DEFAULT: RateDefault = {
  weight: 0.15,
  tolerance: { relative: 0, absolute: 0.02 },
  notWorse: DEFAULT_SCORE_MARGIN,
};

/** Latency shares its part of the risk with first token, cost with tokens. Buckets of 9 %: 2 are 19 %. */
const VALUE_DEFAULTS: Record<ValueMetric | 'custom', { weight: number; margins: Margins }> = {
  Latency: { weight: 0.05, margins: { tolerated: 2, notWorse: 2 } },
  FirstTokenLatency: { weight: 0.05, margins: { tolerated: 2, notWorse: 2 } },
  CostPerCall: { weight: 0.05, margins: { tolerated: 1, notWorse: 1 } },
  OutputTokens: { weight: 0.05, margins: { tolerated: 1, notWorse: 1 } },
  custom: { weight: 0.15, margins: { tolerated: 2, notWorse: 2 } },
};

/** What holds for a guardrail on values whose spec says nothing else. */
export function valueDefault(metric: ValueMetric | 'custom'): { weight: number; margins: Margins } {
  return VALUE_DEFAULTS[metric];
}

function rate(weight: number, absolute: number): RateDefault {
  return { weight, tolerance: { relative: 0.25, absolute }, notWorse: DEFAULT_RATE_MARGIN };
}
