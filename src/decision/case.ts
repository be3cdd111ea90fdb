import type { RateMetric, ScoreMetric, ValueMetric } from '../api/guardrail.ts';
import type { Pair } from './ledger.ts';
import type { Margins, Tolerance } from './tolerance.ts';

export type GuardrailAction = 'Rollback' | 'Pause' | 'Notify';

interface Guarded {
  name: string;
  action: GuardrailAction;
  /** Its part of the risk, before the parts in use are scaled to add up to 1. */
  weight: number;
  /** Whether the spec itself asks for it: then having no data is a reason to wait. */
  asked: boolean;
  /** What a guardrail of the user's own asks Prometheus. */
  queries?: string;
}

/** A share of calls. `custom` stands for the user's own counters. */
export interface RateGuarded extends Guarded {
  method: 'rate';
  metric: RateMetric | 'custom';
  tolerance: Tolerance;
  notWorse: Tolerance;
  /** Highest share (0–1) of bad calls of the candidate, whatever stable's is. */
  limit?: number;
}

/** A mean of scores, judged by badness: 1 − score. */
export interface ScoreGuarded extends Guarded {
  method: 'score';
  metric: ScoreMetric;
  /** Whose scores: a suite's, or one slice's of it, as `scoreKey` names them; absent for those that callers gave. */
  suite?: string;
  tolerance: Tolerance;
  notWorse: Tolerance;
  /** Highest mean badness (0–1) of the candidate. */
  limit?: number;
}

/** Values of which lower is better. `custom` stands for the user's own histogram, in units of 2⁻²⁰. */
export interface ShiftGuarded extends Guarded {
  method: 'shift';
  metric: ValueMetric | 'custom';
  margins: Margins;
  /** What the candidate may take: latencies in ms, for 95 of 100 calls; else the mean, in the unit of the buckets. */
  limit?: number;
}

/** A guardrail with everything that its spec left out filled in. */
export type JudgedGuardrail = RateGuarded | ScoreGuarded | ShiftGuarded;

/** What is to be judged: one step of one attempt. */
export interface Case extends Pair {
  /** Counted from 0. */
  step: number;
  /** The candidate's share of calls in this step, in percent. */
  weight: number;
  /** Steps that will begin after the first; fixed when the attempt begins. */
  restarts: number;
  guardrails: readonly JudgedGuardrail[];
  /** A share between 0 and 1. */
  risk: number;
  /** Time since the rollout began, in ms. */
  elapsedMs: number;
  /** Time since the step began, in ms. */
  stepElapsedMs: number;
  /** Whether to say how far apart the arms are, as an A/B test asks. */
  differences?: boolean;
}

/** Evidence gathered under one set of weights, margins, limits or queries proves nothing under another. */
export function signatureOf({ guardrails }: Case): string {
  const meaning = guardrails.map((guardrail) => {
    const { name, method, metric, action, weight, limit, queries = [] } = guardrail;
    const margins = guardrail.method === 'shift' ? Object.values(guardrail.margins) : [];
    const suite = guardrail.method === 'score' && guardrail.suite !== undefined ? [guardrail.suite] : [];
    return [name, method, metric, action, weight, limit, ...margins, ...suite].concat(queries).join('/');
  });
  return meaning.join();
}
