import type { ConditionNow } from '../api/conditions.ts';
import type { Judgement } from '../api/judgement.ts';
import type { Verb } from '../api/resource.ts';
import type { ReleaseStatus } from '../api/status.ts';
import type { Settings } from './settings.ts';

/** Why a spec cannot be rolled out, in the words of `status`. */
export interface Problem {
  /** CamelCase, as the reason of a condition. */
  reason: string;
  /** Path of the field that is at fault. */
  field: string;
  /** What is wrong and what to do. */
  message: string;
  /** Whether it may well mend itself shortly: something it waits for has not been looked at yet. */
  pending?: boolean;
}

/** What a verdict can be formed from; `unknown` says why there is none. */
export type Evidence = { judgement: Judgement } | { unknown: string };

/** Who asked for a verb, and why, as they say it. */
export interface Asked {
  by?: string;
  reason?: string;
}

/** What a gate says of the candidate under way. */
export interface GateState {
  /** Name of the suite. */
  suite: string;
  /** Waiting: it could not be told yet, which blames nobody. */
  verdict: 'Pass' | 'Fail' | 'Waiting';
  /** What came out, or what is waited for. */
  message: string;
}

/** Everything that a pass over one PromptRelease or ModelRoute knows. */
export interface PlanInput {
  now: Date;
  /** Time since the last pass by a clock that cannot jump, in ms; 0 on the first pass of a process. */
  sinceLastMs: number;
  generation: number;
  settings: Settings;
  /** The revision that the spec asks for, or why it asks for none. */
  wanted: { revision: string } | { problem: Problem };
  /** Verb annotations on the object, by verb. */
  verbs: Partial<Record<Verb, string>>;
  /** Who set them and why, where that was said. */
  asked?: Asked;
  /** Who paused the rollout, and why. */
  paused?: Asked;
  /** Revisions that are kept and could serve. */
  kept: ReadonlySet<string>;
  /** The status as the last pass left it. */
  status: ReleaseStatus;
  /** What is known of the candidate; absent without one. */
  evidence?: Evidence;
  /** What the gates say of the candidate; one that says nothing is waited for. */
  gates?: readonly GateState[];
  /** Whether every gateway draws calls as the status says; asked for after a rollback. */
  servedEverywhere?: boolean;
  /** What a rollback does about the spec. */
  rollbackMode: 'Pin' | 'RevertSpec';
  /** The command that lets a revision in again. */
  undo: (revision: string) => string;
  /** Conditions that are there only while there is something to warn of. */
  warnings?: readonly ConditionNow[];
}

/** An Event to record. */
export interface PlannedEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What a pass comes to. The controller writes the status first, always: it is what moves traffic. */
export interface Plan {
  status: ReleaseStatus;
  events: PlannedEvent[];
  /** Verb annotations that have been acted on and are to be removed. */
  clear: Verb[];
  /** A revision whose content the spec is to be put back to. */
  restoreSpec?: string;
  /** When to look again though nothing changes, in ms. */
  requeueAfterMs?: number;
}

/** A pass under way: `status` is a copy that transitions write to. */
export interface Draft {
  input: PlanInput;
  status: ReleaseStatus;
  events: PlannedEvent[];
  clear: Verb[];
  restoreSpec?: string;
  /** Why the object is Stalled, where it is. */
  stalled?: { reason: string; message: string };
  /** A promote that came in this pass. */
  promote?: 'step' | 'full';
}
