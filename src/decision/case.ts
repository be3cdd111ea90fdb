import type { RateMetric } from '../api/rollout.ts';
import type { Pair } from './ledger.ts';
import type { Tolerance } from './tolerance.ts';

export type GuardrailAction = 'Rollback' | 'Pause' | 'Notify';

/** A guardrail with everything that its spec left out filled in. */
export interface JudgedGuardrail {
  name: string;
  metric: RateMetric;
  action: GuardrailAction;
  /** Its part of the risk, before the parts in use are scaled to add up to 1. */
  weight: number;
  tolerance: Tolerance;
  notWorse: Tolerance;
}

/** What is to be judged: one step of one attempt. */
export interface Case extends Pair {
  /** Counted from 0. */
  step: number;
  /** Steps that will begin after the first; fixed when the attempt begins. */
  restarts: number;
  guardrails: readonly JudgedGuardrail[];
  /** A share between 0 and 1. */
  risk: number;
}
