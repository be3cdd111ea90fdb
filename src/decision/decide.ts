import { combine, type Finding } from './combine.ts';
import type { Reading } from './reading.ts';
import type { Decision } from './verdict.ts';

/** A guardrail with what is known of it. */
export interface GuardrailReading {
  name: string;
  /** Its part of the risk; the parts in use are scaled to add up to 1. */
  weight: number;
  reading: Reading;
  /** ln of the evidence that the candidate is above its limit, where it has one. */
  limit?: number;
}

/**
 * Rule R: says what was measured proves of a candidate. May be asked at any moment and any number of times; over a whole
 * rollout the chance of failing a candidate that is no worse than stable in any guardrail, and above no limit, is at
 * most `risk`.
 * @param risk a share between 0 and 1
 * @throws RangeError where the risk or a weight is out of range
 */
export function decide(readings: readonly GuardrailReading[], risk: number): Decision {
  const findings = readings.map(findingOf);
  const { judgements, ...combined } = combine(findings, risk);
  const guardrails = readings.map(({ name, reading, limit }, at) => {
    const { worse, hasData } = findings[at]!;
    const judgement = judgements[at]!;
    const { beyond, candidate, stable } = reading;
    const callsMissing =
      hasData && !judgement.notWorse ? reading.callsMissing(combined.threshold) : undefined;
    return {
      name,
      ...judgement,
      evidence: worse,
      beyondTolerance: beyond.overall || beyond.step,
      aboveLimit: limit !== undefined && limit > provenBeyond(reading),
      candidate,
      stable,
      ...(callsMissing !== undefined && { callsMissing }),
    };
  });
  return { ...combined, guardrails };
}

function findingOf({ name, weight, reading, limit }: GuardrailReading): Finding {
  const { hasData, worse, notWorse } = reading;
  return {
    name,
    weight,
    hasData,
    worse: withLimit(worse.all, limit),
    proof: withLimit(provenBeyond(reading), limit),
    notWorse: Math.exp(notWorse),
  };
}

/** A guardrail with a limit bets half on each: their mean is an e-value for a candidate that is neither worse nor above. */
function withLimit(evidence: number, limit: number | undefined): number {
  return limit === undefined ? Math.exp(evidence) : (Math.exp(evidence) + Math.exp(limit)) / 2;
}

/**
 * An estimate vouches only for evidence from the same calls. Else a candidate that is proven worse by a tolerated trifle
 * would fail at the first unlucky call of the next step.
 */
function provenBeyond({ beyond, worse }: Reading): number {
  if (beyond.overall) return worse.all;
  return beyond.step ? worse.latest : Number.NEGATIVE_INFINITY;
}
