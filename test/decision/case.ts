import type { EvidenceCell } from '../../src/api/evidence.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import type { Case } from '../../src/decision/case.ts';
import { guardrailsOf, riskOf } from '../../src/decision/guardrails.ts';

/** A candidate `r-b` two minutes after it got its first 5 % of the calls of `r-a`, held against a rollout's guardrails. */
export function caseOf(rollout?: Rollout, over: Partial<Case> = {}): Case {
  return {
    uid: 'u',
    attempt: 2,
    stable: 'r-a',
    candidate: 'r-b',
    step: 0,
    weight: 5,
    restarts: 2,
    guardrails: guardrailsOf(rollout),
    risk: riskOf(rollout),
    elapsedMs: 120_000,
    stepElapsedMs: 120_000,
    ...over,
  };
}

/** What was counted of one of its revisions. */
export const cellOf = (revision: string, over: Omit<Partial<EvidenceCell>, 'revision'>): EvidenceCell => ({
  attempt: 2,
  weight: 5,
  revision,
  outcomes: {},
  schemaChecked: 0,
  ...over,
});
