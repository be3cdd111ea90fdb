import { type Guardrail, isRateMetric, type RateMetric, type Rollout } from '../api/rollout.ts';
import { parsePercent } from '../lib/percent.ts';
import type { JudgedGuardrail } from './case.ts';
import { DEFAULT_RISK, rateDefault } from './defaults.ts';

const DEFAULT_GUARDRAILS: { name: string; metric: RateMetric }[] = [
  { name: 'errors', metric: 'ErrorRate' },
  { name: 'schema', metric: 'SchemaFailureRate' },
  { name: 'refusals', metric: 'RefusalRate' },
];

/**
 * The guardrails of a rollout with their defaults filled in. A default guardrail that nothing can be held against is
 * left out, so that the others have its part of the risk.
 */
export function guardrailsOf(rollout: Rollout = {}, answersHaveSchema = true): JudgedGuardrail[] {
  if (rollout.guardrails !== undefined && rollout.guardrails.length > 0) {
    return rollout.guardrails.flatMap((each) =>
      isRateMetric(each.metric) ? [filled(each, each.metric)] : [],
    );
  }
  return DEFAULT_GUARDRAILS.filter(({ metric }) => answersHaveSchema || metric !== 'SchemaFailureRate').map(
    (each) => filled(each, each.metric),
  );
}

/** The risk of a rollout, a share between 0 and 1. A risk of 0 or 100 % would leave nothing to decide. */
export function riskOf(rollout: Rollout = {}): number {
  const risk = rollout.risk === undefined ? DEFAULT_RISK : parsePercent(rollout.risk);
  return Math.min(0.5, Math.max(1e-6, risk));
}

function filled({ name, tolerance, action }: Guardrail, metric: RateMetric): JudgedGuardrail {
  const defaults = rateDefault(metric);
  return {
    name,
    metric,
    action: action ?? 'Rollback',
    weight: defaults.weight,
    tolerance:
      tolerance === undefined
        ? defaults.tolerance
        : { relative: share(tolerance.relative), absolute: share(tolerance.absolute) },
    notWorse: defaults.notWorse,
  };
}

function share(percent: string | undefined): number {
  return percent === undefined ? 0 : parsePercent(percent);
}
