import type { ReleaseStatus } from '../api/status.ts';
import { actOnVerb } from './actions.ts';
import { conditionsOf } from './conditions.ts';
import { evaluate } from './gates.ts';
import type { Draft, Plan, PlanInput, Problem } from './pass.ts';
import { progress } from './progress.ts';
import { liftedByToken, quarantinedBecause } from './quarantine.ts';
import { hasEnded, inheritedFrom, isEvaluating, stableServesAll } from './status.ts';
import { begin, promote, rest, withdraw } from './transitions.ts';
import { newWarnings } from './warnings.ts';
import { inFull } from './words.ts';

/** How often a rollout under way is looked at. */
export const LOOK_MS = 1_000;

/**
 * One pass: (spec, status, evidence, now) → (status, actions). Pure; applied again to what it gave, with nothing new, it
 * changes nothing.
 */
export function plan(input: PlanInput): Plan {
  const draft: Draft = { input, status: inheritedFrom(input.status), events: [], clear: [] };
  settle(draft);
  if (draft.status.candidateRevision === undefined) stableServesAll(draft.status);
  const awaitsGateways = noteServed(draft);
  draft.status.observedGeneration = input.generation;
  clip(draft.status);
  draft.events.push(...newWarnings(input.status.conditions, input.warnings ?? []));
  draft.status.conditions = conditionsOf(draft.status, draft.stalled, input);
  const { status, events, clear, restoreSpec } = draft;
  return {
    status,
    events,
    clear,
    ...(restoreSpec !== undefined && { restoreSpec }),
    ...((awaitsGateways || isUnderWay(draft)) && { requeueAfterMs: LOOK_MS }),
  };
}

function isUnderWay({ status, input }: Draft): boolean {
  return status.candidateRevision !== undefined && !hasEnded(status, input.settings);
}

/** Words may quote what users wrote at any length; the schema of the status bounds them. */
function clip(status: ReleaseStatus): void {
  const { rollback } = status;
  if (status.message !== undefined) status.message = status.message.slice(0, 2_000);
  if (rollback !== undefined) rollback.reason = rollback.reason.slice(0, 1_000);
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
  const { strategy, gates } = input.settings;
  const gated = gates.length > 0 && (revision !== status.candidateRevision || isEvaluating(status));
  if (strategy === 'Immediate' && !gated) return promote(draft, revision, 'immediate');
  if (revision !== status.candidateRevision) {
    if (status.candidateRevision !== undefined) withdraw(draft, 'Superseded');
    return begin(draft, revision);
  }
  if (isEvaluating(status)) evaluate(draft, revision);
  else progress(draft);
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
  const story = rollback?.from === revision ? inFull(rollback) : why;
  status.message = `${revision} was taken back: ${story}; ${status.stableRevision} serves`;
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
