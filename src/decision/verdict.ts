/**
 * Fail: shown to be worse than stable, by more than is tolerated, or above the limit. Pass: shown not to be worse.
 * Inconclusive: neither yet. NoData: nothing to compare.
 */
export type Verdict = 'Pass' | 'Fail' | 'Inconclusive' | 'NoData';

/** What one revision was measured at in the whole rollout. */
export interface Sample {
  calls: number;
  /** Bad calls, where calls are good or bad. */
  bad?: number;
  /** The share of bad calls, the mean badness or the typical value; undefined where there were no calls. */
  value: number | undefined;
}

/** What is said of one guardrail. */
export interface GuardrailVerdict {
  name: string;
  verdict: Verdict;
  /** E-value: how many times likelier what was measured is if the candidate is worse. Finite. */
  evidence: number;
  /** The evidence at which this guardrail alone fails the candidate. */
  threshold: number;
  /** Whether the candidate is beyond the tolerance, by all of its calls or by those of this step. */
  beyondTolerance: boolean;
  /** Whether what speaks against the candidate is the limit rather than the comparison. */
  aboveLimit: boolean;
  /** Whether the candidate is shown, in this step, not to be worse. */
  notWorse: boolean;
  /** Whether the candidate should not advance for now: suspicion, not proof. */
  hold: boolean;
  candidate: Sample;
  stable: Sample;
  /**
   * About how many more candidate calls at this step's split until a Pass, if the candidate is as good as stable.
   * Absent once it passes, and while there is nothing to estimate from.
   */
  callsMissing?: number;
}

/** What is said of a candidate. */
export interface Decision {
  /** Fail as soon as the guardrails together prove it; Pass once each one passes; NoData only where all have none. */
  verdict: Verdict;
  /** The guardrail that contributed most to a Fail; absent otherwise. */
  blame?: string;
  /** The guardrails' evidence, averaged by weight. May be above the threshold without a Fail, within tolerance. */
  evidence: number;
  /** 1 / risk. */
  threshold: number;
  /** Whether any guardrail asks not to advance for now. */
  hold: boolean;
  /** In the order they were given. */
  guardrails: GuardrailVerdict[];
}
