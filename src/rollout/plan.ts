import type { Judgement } from '../api/judgement.ts';
import type { Verb } from '../api/resource.ts';
import type { ReleaseStatus } from '../api/status.ts';
import { actOnVerb } from './actions.ts';
import { conditionsOf } from './conditions.ts';
import { progress } from './progress.ts';
import { liftedByToken, quarantinedBecause } from './quarantine.ts';
import type { Settings } from './settings.ts';
import { inheritedFrom } from './status.ts';
import { begin, promote, rest, withdraw } from './transitions.ts';

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
  /** Revisions that are kept and could serve. */
  kept: ReadonlySet<string>;
  /** The status as the last pass left it. */
  status: ReleaseStatus;
  /** What is known of the candidate; absent without one. */
  evidence?: Evidence;
  /** Whether every gateway draws calls as the status says; asked for after a rollback. */
  servedEverywhere?: boolean;
  /** What a rollback does about the spec. */
  rollbackMode: 'Pin' | 'RevertSpec';
  /** The command that lets a revision in again. */
  undo: (revision: string) => string;
  /** Fields that are accepted and not acted on by this version. */
  ignored?: readonly string[];
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

/** How often a rollout under way is looked at. */
export const LOOK_MS = 1_000;

/**
 * One pass: (spec, status, evidence, now) → (status, actions). Pure; applied again to what it gave, with nothing new, it
 * changes nothing.
 */
export function plan(input: PlanInput): Plan {
  const draft: Draft = { input, status: inheritedFrom(input.status), events: [], clear: [] };
  settle(draft);
  const awaitsGateways = noteServed(draft);
  draft.status.observedGeneration = input.generation;
  draft.status.conditions = conditionsOf(draft.status, draft.stalled, input);
  const { status, events, clear, restoreSpec } = draft;
  return {
    status,
    events,
    clear,
    ...(restoreSpec !== undefined && { restoreSpec }),
    ...((awaitsGateways || status.candidateRevision !== undefined) && { requeueAfterMs: LOOK_MS }),
  };
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

/** Longest wait for gateways to confirm a rollback: one that is gone will not. */
const CONFIRM_MS = 120_000;

/** Whether it is still to be seen that every gateway serves the rollback. */
export function awaitsConfirmation({ rollback }: ReleaseStatus, now: Date): boolean {
  if (rollback === undefined || rollback.servedAt !== undefined) return false;
  return now.getTime() - Date.parse(rollback.detectedAt) < CONFIRM_MS;
}

function noteServed({ input, status }: Draft): boolean {
  const { rollback } = status;
  if (rollback === undefined || !awaitsConfirmation(status, input.now)) return false;
  // Gateways can only confirm what an earlier pass has written.
  if (!input.servedEverywhere || input.status.rollback?.detectedAt !== rollback.detectedAt) return true;
  rollback.servedAt = input.now.toISOString();
  return false;
}

function settle(draft: Draft): void {
  const { input, status } = draft;
  actOnVerb(draft);
  const { wanted } = input;
  if ('problem' in wanted) return stall(draft, wanted.problem);

  const { revision } = wanted;
  if (status.stableRevision === undefined) return promote(draft, revision, 'first');
  liftedByToken(draft, revision);
  if (revision === status.stableRevision) {
    if (status.candidateRevision !== undefined) withdraw(draft, 'Withdrawn');
    return rest(draft);
  }
  if (quarantinedBecause(status, revision) !== undefined) return stayOut(draft, revision);
  if (input.settings.strategy === 'Immediate') return promote(draft, revision, 'immediate');
  if (revision !== status.candidateRevision) {
    if (status.candidateRevision !== undefined) withdraw(draft, 'Superseded');
    return begin(draft, revision);
  }
  progress(draft);
  if (quarantinedBecause(status, revision) !== undefined) stayOut(draft, revision);
}

function stall(draft: Draft, { reason, field, message, pending }: Problem): void {
  const { status } = draft;
  if (status.candidateRevision !== undefined) withdraw(draft, 'Superseded');
  const words = `${field}: ${message}`;
  status.phase = pending ? 'Pending' : 'Invalid';
  status.message =
    status.stableRevision === undefined ? words : `${words}; ${status.stableRevision} goes on serving`;
  if (pending) return;
  draft.stalled = { reason, message: words };
  if (draft.input.status.message !== status.message) {
    draft.events.push({ type: 'Warning', reason, message: words });
  }
}

/** The spec asks for a quarantined revision: by the rollback that put it there, or applied again since. */
function stayOut(draft: Draft, revision: string): void {
  const { input, status } = draft;
  if (status.candidateRevision !== undefined) withdraw(draft, 'Superseded');
  const { rollback } = status;
  const why = quarantinedBecause(status, revision) ?? '';
  const justRolledBack = rollback?.from === revision && rollback.generation === input.generation;
  status.phase = 'RolledBack';
  status.message = `${revision} was taken back: ${why}; ${status.stableRevision} serves`;
  draft.stalled = justRolledBack
    ? { reason: 'RolledBack', message: status.message }
    : {
        reason: 'RevisionQuarantined',
        message: `${revision} stays out, it was taken back: ${why}. To let it in: ${input.undo(revision)}`,
      };
  const whole = rollback?.from === revision || rollback?.generation === input.generation;
  if (rollback?.mode === 'RevertSpec' && whole && rollback.revertedGeneration === undefined) {
    draft.restoreSpec = rollback.to;
  }
}
