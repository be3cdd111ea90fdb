import type { GuardrailStatus } from './status.ts';

/** A guardrail that has spoken, in words for people. */
export interface Finding {
  guardrail: string;
  /** What was seen, against what: `7 of 31 refused, stable 4 of 590`. */
  reason: string;
  /** With what risk: `evidence 240, 133 needed at a risk of 5%`. */
  proof?: string;
  /** Bad calls charged to the candidate under this guardrail, where it counts calls as good or bad. */
  badCalls?: number;
}

/** What the evidence says of a candidate, as the rollout needs it. */
export interface Judgement {
  /** As shown in `status.guardrails`. */
  guardrails: GuardrailStatus[];
  /** Proven worse under guardrails whose action is Rollback. */
  rollback?: Finding;
  /** Proven worse under guardrails whose action is Pause. */
  pause?: Finding;
  /** Proven worse under guardrails whose action is Notify. */
  notify?: Finding;
  /** Suspicion short of proof: do not advance for now. Names the guardrail. */
  hold?: string;
  /** A guardrail that the spec asks for and that has no data: do not advance, bad news is not no news. */
  blind?: string;
  /** Whether every guardrail shows the candidate not to be worse. */
  proven: boolean;
  /** Calls that the candidate was charged with in this step. */
  stepCalls: number;
}
