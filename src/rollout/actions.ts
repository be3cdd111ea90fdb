import { VERBS, type Verb } from '../api/resource.ts';
import type { Draft, PlanInput } from './pass.ts';
import { lift, quarantinedBecause } from './quarantine.ts';
import { abortedBy, rollBackTo } from './rollback.ts';
import { isEvaluating } from './status.ts';
import { askedBy } from './words.ts';

/**
 * Acts on the annotation that comes first in `VERBS`, once. `lastAction.cleared` tells an annotation that has been acted
 * on, but not yet removed, from the same one set anew.
 */
export function actOnVerb(draft: Draft): void {
  const { input, status } = draft;
  const verb = VERBS.find((each) => input.verbs[each] !== undefined);
  if (verb === undefined) {
    if (status.lastAction?.cleared === false) status.lastAction.cleared = true;
    return;
  }
  draft.clear = VERBS.filter((each) => input.verbs[each] !== undefined);
  const value = input.verbs[verb] ?? '';
  const { lastAction } = status;
  if (
    lastAction?.cleared === false &&
    lastAction.verb === verb &&
    (lastAction.value ?? '') === value.slice(0, 256)
  ) {
    if (verb === 'retry') finishRetry(draft, meantBy(draft, value.trim()));
    return;
  }

  const result = act(draft, verb, value.trim());
  const { by, reason } = input.asked ?? {};
  status.lastAction = {
    verb,
    ...(value !== '' && { value: value.slice(0, 256) }),
    at: input.now.toISOString(),
    ...(by !== undefined && { by: by.slice(0, 256) }),
    ...(reason !== undefined && { reason: reason.slice(0, 256) }),
    result: result.slice(0, 256),
    cleared: false,
  };
  const message = `${verb}${askedBy(input.asked)}: ${result}`;
  draft.events.push({ type: 'Normal', reason: 'ActedOnAnnotation', message });
}

function act(draft: Draft, verb: Verb, value: string): string {
  const { status } = draft;
  const candidate = status.candidateRevision;
  if (verb === 'retry') return retry(draft, value);
  if (verb === 'rollback-to') return rollBackTo(draft, value);
  if (candidate === undefined) return 'nothing done: no rollout is under way';
  if (named(value) && value !== candidate) return `nothing done: the candidate is ${candidate}`;
  if (verb === 'abort') return abortedBy(draft, candidate);
  const instead = insteadOf(draft, candidate);
  if (instead !== undefined) return `nothing done: ${instead}`;
  draft.promote = verb === 'promote-full' ? 'full' : 'step';
  if (isEvaluating(status)) {
    return `${candidate} ${verb === 'promote-full' ? 'goes to 100 %' : 'begins'} without waiting for its gates`;
  }
  return verb === 'promote-full' ? `${candidate} goes to 100 %` : `${candidate} goes to the next step`;
}

/** What happens in this very pass in the place of a promote. */
function insteadOf({ input, status }: Draft, candidate: string): string | undefined {
  if (wantedBy(input) !== candidate) return `the spec does not ask for ${candidate} any more`;
  if (isEvaluating(status) || input.evidence === undefined || 'unknown' in input.evidence) return undefined;
  const { rollback } = input.evidence.judgement;
  return rollback && `${candidate} fails guardrail ${rollback.guardrail}`;
}

const wantedBy = ({ wanted }: PlanInput): string | undefined =>
  'revision' in wanted ? wanted.revision : undefined;

/** The revision that a retry is about: the one named, else the one that the spec was put back from, else the spec's. */
function meantBy({ input, status: { rollback } }: Draft, value: string): string | undefined {
  if (named(value)) return value;
  const wanted = wantedBy(input);
  return rollback?.mode === 'RevertSpec' && rollback.to === wanted ? rollback.from : wanted;
}

function retry(draft: Draft, value: string): string {
  const { input, status } = draft;
  const wanted = wantedBy(input);
  const revision = meantBy(draft, value);
  if (revision === undefined) return 'nothing done: name the revision to let in';
  const lifted = lift(status, revision);
  const { rollback } = status;
  const wasReverted = rollback?.from === revision && rollback.mode === 'RevertSpec' && revision !== wanted;
  if (wasReverted && input.kept.has(revision)) {
    draft.restoreSpec = revision;
    return `${revision} is let in again and put back into the spec`;
  }
  return lifted ? `${revision} is let in again` : `nothing done: ${revision} is not quarantined`;
}

/**
 * The status lets a revision in with one write, the spec asks for it with the next: where only the first has come about, the
 * second is asked for again, unless the spec has changed since.
 */
function finishRetry(draft: Draft, revision: string | undefined): void {
  const { input, status } = draft;
  const { rollback } = status;
  if (rollback?.mode !== 'RevertSpec' || rollback.from !== revision || !input.kept.has(revision)) return;
  if (wantedBy(input) === rollback.to && quarantinedBecause(status, revision) === undefined)
    draft.restoreSpec = revision;
}

/** People also write `true` where a revision could be named. */
function named(value: string): boolean {
  return value !== '' && value !== 'true';
}
