import { callsUntilNotWorse } from './calls-missing.ts';
import { combine, type Finding } from './combine.ts';
import { type Counts, rateOf } from './counts.ts';
import { notWorseEvidence, type RateState, worseEvidence } from './rate.ts';
import { exceeds, type Tolerance } from './tolerance.ts';
import type { Decision, Sample } from './verdict.ts';

/** A rate on which the candidate must not be worse than stable. */
export interface RateGuardrail {
  name: string;
  /** Its part of the risk; the parts in use are scaled to add up to 1. */
  weight: number;
  tolerance: Tolerance;
}

/** A guardrail with what is known of it. */
export interface RateReading {
  guardrail: RateGuardrail;
  state: RateState;
}

/**
 * Rule R: says what the counts prove of a candidate. May be asked at any moment and any number of times; over a whole
 * rollout the chance of failing a candidate that is no worse than stable in any guardrail is at most `risk`.
 * @param risk a share between 0 and 1
 * @throws RangeError where the risk or a weight is out of range
 */
export function decide(readings: readonly RateReading[], risk: number): Decision {
  const findings = readings.map(findingOf);
  const { judgements, ...combined } = combine(findings, risk);
  const guardrails = readings.map(({ guardrail, state }, at) => {
    const { worse, beyondTolerance, hasData } = findings[at]!;
    const judgement = judgements[at]!;
    const callsMissing =
      hasData && !judgement.notWorse ? callsUntilNotWorse(state, combined.threshold) : undefined;
    return {
      name: guardrail.name,
      ...judgement,
      evidence: worse,
      beyondTolerance,
      candidate: sampleOf(state.overall.candidate),
      stable: sampleOf(state.overall.stable),
      stepCandidate: sampleOf(state.step.candidate),
      stepStable: sampleOf(state.step.stable),
      ...(callsMissing !== undefined && { callsMissing }),
    };
  });
  return { ...combined, guardrails };
}

function findingOf({ guardrail, state }: RateReading): Finding & { beyondTolerance: boolean } {
  const { overall, step } = state;
  const evidence = worseEvidence(state);
  const beyondOverall = exceeds(guardrail.tolerance, overall.candidate, overall.stable);
  const beyondInStep = exceeds(guardrail.tolerance, step.candidate, step.stable);
  return {
    name: guardrail.name,
    weight: guardrail.weight,
    hasData: overall.candidate.calls > 0 && overall.stable.calls > 0,
    worse: Math.exp(evidence.all),
    proof: Math.exp(provenBeyond(beyondOverall, beyondInStep, evidence)),
    notWorse: Math.exp(notWorseEvidence(state)),
    beyondTolerance: beyondOverall || beyondInStep,
  };
}

/**
 * An estimate vouches only for evidence from the same calls. Else a candidate that is proven worse by a tolerated trifle
 * would fail at the first unlucky call of the next step.
 */
function provenBeyond(overall: boolean, step: boolean, evidence: { all: number; latest: number }): number {
  if (overall) return evidence.all;
  return step ? evidence.latest : Number.NEGATIVE_INFINITY;
}

function sampleOf(counts: Counts): Sample {
  return { ...counts, rate: rateOf(counts) };
}
