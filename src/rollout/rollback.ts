import type { Draft } from './pass.ts';
import { lift, quarantine } from './quarantine.ts';
import { route } from './status.ts';
import { finish } from './transitions.ts';
import { askedBy, inFull } from './words.ts';

/** Letters that `status` has room for. */
const MOST_REASON = 512;

/** Why a candidate is taken back. */
export interface Cause {
  reason: string;
  proof?: string;
  guardrail?: string;
  badCalls?: number;
}

/**
 * Takes the candidate back: all new calls go to stable, its hash is quarantined, the story is in `status.rollback`. One
 * status write carries all of it, so none of it can be lost without the rest.
 */
export function rollBack(draft: Draft, cause: Cause, outcome: 'RolledBack' | 'Aborted' = 'RolledBack'): void {
  const { status } = draft;
  const { stableRevision: to, candidateRevision: from } = status;
  if (from === undefined || to === undefined) return;
  const reason =
    status.shadow === undefined ? cause.reason : `${cause.reason}; of copies only, it served nobody`;
  finish(draft, outcome);
  takeBack(draft, from, to, { ...cause, reason });
}

/** The `abort` verb. */
export function abortedBy(draft: Draft, candidate: string): string {
  rollBack(draft, { reason: byPerson(draft, 'aborted') }, 'Aborted');
  return `${candidate} was taken back`;
}

/** The `rollback-to` verb: an earlier revision serves at once, and what served until now stays out. */
export function rollBackTo(draft: Draft, target: string): string {
  const { input, status } = draft;
  const serving = status.stableRevision;
  if (target === '') return 'nothing done: name the revision to go back to';
  if (serving === undefined || !input.kept.has(target)) return `nothing done: no revision ${target} is kept`;
  if (target === serving && status.candidateRevision === undefined)
    return `nothing done: ${target} serves already`;
  const cause = { reason: byPerson(draft, `rolled back to ${target}`) };
  if (status.candidateRevision !== undefined) rollBack(draft, cause, 'Aborted');
  if (target === serving) return `${target} serves`;
  status.stableRevision = target;
  lift(status, target);
  takeBack(draft, serving, target, cause);
  return `${target} serves`;
}

/** What a verb did and who asked for it: `aborted by jane: too chatty`, or `aborted by annotation` where nobody said. */
function byPerson({ input }: Draft, what: string): string {
  const { by = 'annotation', reason } = input.asked ?? {};
  return `${what}${askedBy({ by, ...(reason !== undefined && { reason }) })}`.slice(0, MOST_REASON);
}

function takeBack({ input, status, events }: Draft, from: string, to: string, cause: Cause): void {
  const at = input.now.toISOString();
  quarantine(status, from, cause.reason, input.now);
  route(status, 0);
  status.rollback = {
    from,
    to,
    ...(cause.guardrail !== undefined && { guardrail: cause.guardrail }),
    reason: cause.reason,
    ...(cause.proof !== undefined && { proof: cause.proof }),
    ...(cause.badCalls !== undefined && { badCalls: cause.badCalls }),
    detectedAt: at,
    undo: input.undo(from),
    mode: input.rollbackMode,
    generation: input.generation,
  };
  events.push({
    type: 'Warning',
    reason: 'RolledBack',
    message: `${from} was taken back: ${inFull(cause)}; ${to} serves`,
  });
}
