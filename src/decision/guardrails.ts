import {
  type Guardrail,
  isLatency,
  isOneOf,
  RATE_METRICS,
  type RateMetric,
  scoreKey,
  VALUE_METRICS,
  type ValueMetric,
} from '../api/guardrail.ts';
import type { Rollout } from '../api/rollout.ts';
import { BUCKETS_PER_DOUBLING } from '../lib/buckets.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { parseDuration } from '../lib/duration.ts';
import { parsePercent } from '../lib/percent.ts';
import type { JudgedGuardrail, RateGuarded, ScoreGuarded, ShiftGuarded } from './case.ts';
import { CUSTOM_UNIT } from './custom.ts';
import { DEFAULT_RISK, rateDefault, SCORE_DEFAULT, valueDefault } from './defaults.ts';
import type { Tolerance } from './tolerance.ts';

const DEFAULT_GUARDRAILS: Guardrail[] = [
  { name: 'errors', metric: 'ErrorRate' },
  { name: 'schema', metric: 'SchemaFailureRate' },
  { name: 'refusals', metric: 'RefusalRate' },
  { name: 'latency', metric: 'Latency' },
  { name: 'first-token', metric: 'FirstTokenLatency' },
  { name: 'cost', metric: 'CostPerCall' },
  { name: 'tokens', metric: 'OutputTokens' },
];

/**
 * The guardrails of a rollout with their defaults filled in. A default guardrail that nothing can be held against is
 * left out, so that the others have its part of the risk.
 */
export function guardrailsOf(rollout: Rollout = {}, answersHaveSchema = true): JudgedGuardrail[] {
  if (rollout.guardrails !== undefined && rollout.guardrails.length > 0) {
    return rollout.guardrails.map((each) => filled(each, true));
  }
  return DEFAULT_GUARDRAILS.filter(({ metric }) => answersHaveSchema || metric !== 'SchemaFailureRate').map(
    (each) => filled(each, false),
  );
}

/** The risk of a rollout, a share between 0 and 1. A risk of 0 or 100 % would leave nothing to decide. */
export function riskOf(rollout: Rollout = {}): number {
  const risk = rollout.risk === undefined ? DEFAULT_RISK : parsePercent(rollout.risk);
  return Math.min(0.5, Math.max(1e-6, risk));
}

function filled(guardrail: Guardrail, asked: boolean): JudgedGuardrail {
  const { metric, prometheus } = guardrail;
  if (isOneOf(VALUE_METRICS, metric)) return shift(guardrail, metric, asked);
  if (metric === 'EvalScore') return score(guardrail, asked);
  if (isOneOf(RATE_METRICS, metric)) return rate(guardrail, metric, asked);
  return prometheus?.histogram === undefined
    ? rate(guardrail, 'custom', asked)
    : shift(guardrail, 'custom', asked);
}

function rate(guardrail: Guardrail, metric: RateMetric | 'custom', asked: boolean): RateGuarded {
  const { tolerance, ...defaults } = rateDefault(metric);
  return {
    ...common(guardrail, asked),
    ...defaults,
    method: 'rate',
    metric,
    tolerance: toleranceOf(guardrail, tolerance),
    ...(guardrail.limit !== undefined && { limit: parsePercent(guardrail.limit) }),
  };
}

function score(guardrail: Guardrail, asked: boolean): ScoreGuarded {
  const { limit, evalSuiteRef, slice } = guardrail;
  return {
    ...common(guardrail, asked),
    ...SCORE_DEFAULT,
    ...(evalSuiteRef !== undefined && { suite: scoreKey(evalSuiteRef.name, slice) }),
    method: 'score',
    metric: 'EvalScore',
    tolerance: toleranceOf(guardrail, SCORE_DEFAULT.tolerance),
    ...(limit !== undefined && { limit: 1 - (limit.endsWith('%') ? parsePercent(limit) : Number(limit)) }),
  };
}

function shift(guardrail: Guardrail, metric: ValueMetric | 'custom', asked: boolean): ShiftGuarded {
  const { tolerance, limit } = guardrail;
  const { weight, margins } = valueDefault(metric);
  const tolerated = tolerance === undefined ? margins.tolerated : bucketsOf(share(tolerance.relative));
  return {
    ...common(guardrail, asked),
    weight,
    method: 'shift',
    metric,
    margins: { tolerated, notWorse: Math.max(tolerated, margins.notWorse) },
    ...(limit !== undefined && { limit: limitOfValues(metric, limit) }),
  };
}

function common({ name, action, prometheus }: Guardrail, asked: boolean) {
  const queries = prometheus && canonicalJson(prometheus);
  return { name, action: action ?? 'Rollback', asked, ...(queries && { queries }) } as const;
}

function limitOfValues(metric: ValueMetric | 'custom', limit: string): number {
  if (isLatency(metric)) return parseDuration(limit);
  if (metric === 'CostPerCall') return Number(limit) * 1e6;
  return metric === 'custom' ? Number(limit) * CUSTOM_UNIT : Number(limit);
}

/** Buckets that a relative tolerance comes to: what is asked for at least, but for a rounding of 1 %. */
function bucketsOf(relative: number): number {
  return Math.max(0, Math.ceil(BUCKETS_PER_DOUBLING * Math.log2(1 + relative) - 0.15));
}

function toleranceOf({ tolerance }: Guardrail, byDefault: Tolerance): Tolerance {
  if (tolerance === undefined) return byDefault;
  return { relative: share(tolerance.relative), absolute: share(tolerance.absolute) };
}

function share(percent: string | undefined): number {
  return percent === undefined ? 0 : parsePercent(percent);
}
