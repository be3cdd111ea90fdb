import { SOFT_PAUSE } from './defaults.ts';
import type { Verdict } from './verdict.ts';

/** What one guardrail brings to the decision, whatever it measures. Evidence is an e-value, not its logarithm. */
export interface Finding {
  name: string;
  /** Its part of the risk; only the proportions count. */
  weight: number;
  /** Whether both revisions were measured at all. */
  hasData: boolean;
  /** Evidence that the candidate is worse. */
  worse: number;
  /** The part of `worse` whose own point estimate is beyond the tolerance: all that may count towards a Fail. */
  proof: number;
  /** Evidence that the candidate is not worse, from this step. */
  notWorse: number;
}

export interface Judgement {
  verdict: Verdict;
  threshold: number;
  notWorse: boolean;
  hold: boolean;
}

export interface Combined {
  verdict: Verdict;
  blame?: string;
  evidence: number;
  threshold: number;
  hold: boolean;
  /** One for each finding, in order. */
  judgements: Judgement[];
}

/**
 * Judges several guardrails under one risk. The average of e-values, weighted by shares that add up to 1, is an e-value
 * under any dependence between them. A Fail needs the proofs alone to reach 1 / risk: they are at most the evidence,
 * so the chance of a false one is at most `risk`, and a guardrail within its tolerance neither fails the candidate
 * nor lends its evidence to the noise of another.
 *
 * "Not worse" needs no split of the risk, since a Pass takes every guardrail.
 *
 * The guardrails and their weights must stay the same for a whole rollout.
 * @throws RangeError where the risk is not between 0 and 1, or a weight is not positive
 */
export function combine(findings: readonly Finding[], risk: number): Combined {
  if (!(risk > 0 && risk < 1)) throw new RangeError(`risk must be a share between 0 and 1, not ${risk}`);
  const threshold = 1 / risk;
  const shares = sharesOf(findings);
  const proofs = findings.map(({ proof }, at) => proof * shares[at]!);
  const failed = sum(proofs) >= threshold;
  const blamed = failed ? proofs.indexOf(Math.max(...proofs)) : -1;

  const judgements = findings.map((finding, at) => {
    const alone = threshold / shares[at]!;
    const notWorse = finding.notWorse >= threshold;
    const fails = at === blamed || finding.proof >= alone;
    return {
      verdict: verdictOf(finding, fails, notWorse),
      threshold: alone,
      notWorse,
      // Evidence that stays within the margin of "not worse" for certain must not hold a candidate for ever.
      hold: finding.worse >= SOFT_PAUSE && !notWorse,
    };
  });
  return {
    verdict: failed ? 'Fail' : overallVerdict(judgements),
    ...(failed && { blame: findings[blamed]!.name }),
    evidence: findings.length === 0 ? 1 : sum(findings.map(({ worse }, at) => worse * shares[at]!)),
    threshold,
    hold: judgements.some(({ hold }) => hold),
    judgements,
  };
}

function sharesOf(findings: readonly Finding[]): number[] {
  for (const { name, weight } of findings) {
    if (Number.isFinite(weight) && weight > 0) continue;
    throw new RangeError(`guardrail ${name}: weight must be a number above 0, not ${weight}`);
  }
  const whole = sum(findings.map(({ weight }) => weight));
  return findings.map(({ weight }) => weight / whole);
}

function verdictOf({ hasData }: Finding, fails: boolean, notWorse: boolean): Verdict {
  if (!hasData) return 'NoData';
  if (fails) return 'Fail';
  return notWorse ? 'Pass' : 'Inconclusive';
}

function overallVerdict(judgements: readonly Judgement[]): Verdict {
  // None at all is no data too: a candidate that nothing watches has shown nothing.
  if (judgements.every(({ verdict }) => verdict === 'NoData')) return 'NoData';
  return judgements.every(({ verdict }) => verdict === 'Pass') ? 'Pass' : 'Inconclusive';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
