import type { Judgement } from '../api/judgement.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Draft } from './pass.ts';
import { rollBack } from './rollback.ts';
import { hasEnded, isOverdue } from './status.ts';
import { end, enterStep, keepStep, promote } from './transitions.ts';
import { waitsFor } from './wait.ts';
import { describe, describeEnd } from './words.ts';

/** One look at the rollout under way: takes it back, moves it on, or says what it waits for. */
export function progress(draft: Draft): void {
  const { input, status } = draft;
  if (hasEnded(status, input.settings)) return rest(draft);
  pass(draft);
  keepStep(draft);
  const judgement = input.evidence && 'judgement' in input.evidence ? input.evidence.judgement : undefined;
  if (judgement !== undefined) {
    status.guardrails = judgement.guardrails;
    if (status.step) status.step.calls = judgement.stepCalls;
    announce(draft, judgement);
    if (judgement.rollback !== undefined) return rollBack(draft, judgement.rollback);
  }
  if (draft.promote === 'full') return promoted(draft);
  if (draft.promote === 'step') return next(draft);
  const overdue = isOverdue(status, input.settings);
  if (overdue && !input.settings.paused && decidedByDeadline(draft, judgement)) return;
  const wait = waitsFor(draft, judgement, overdue);
  if (wait === undefined) return next(draft);
  status.phase = wait.phase;
  status.message = describe(draft, wait, judgement);
}

/** A test or a shadow that has come to its deadline stays as it is until a person decides. */
function rest(draft: Draft): void {
  if (draft.promote !== undefined) return promoted(draft);
  draft.status.phase = 'Paused';
  draft.status.message = describeEnd(draft);
}

/** Does what the spec asks for at the deadline; says whether that is done. */
function decidedByDeadline(draft: Draft, judgement: Judgement | undefined): boolean {
  const { onInconclusive, deadlineMs, strategy } = draft.input.settings;
  const serves = draft.status.step?.weight !== 0;
  if (onInconclusive === 'Rollback') {
    rollBack(draft, { reason: `no verdict within ${formatDuration(deadlineMs)}` });
    return true;
  }
  // Bad news is not no news: without evidence nothing is promoted, whatever the hour.
  const known =
    judgement !== undefined && judgement.blind === undefined && judgement.pause === undefined && serves;
  if (onInconclusive === 'Promote' && known) {
    promoted(draft);
    return true;
  }
  if (serves && onInconclusive === 'Hold' && (strategy === 'ABTest' || strategy === 'Shadow')) {
    end(draft);
    rest(draft);
    return true;
  }
  return false;
}

/** An Event for each guardrail that begins to fail without rolling back. */
function announce({ input, status, events }: Draft, judgement: Judgement): void {
  for (const finding of [judgement.pause, judgement.notify]) {
    if (finding === undefined) continue;
    const before = input.status.guardrails?.find(({ name }) => name === finding.guardrail);
    if (before?.verdict === 'Fail') continue;
    const message = `${status.candidateRevision} fails guardrail ${finding.guardrail}: ${finding.reason}`;
    events.push({ type: 'Warning', reason: 'GuardrailFailed', message });
  }
}

/** Adds the time since the last pass, by the clock that cannot jump. */
function pass({ input, status }: Draft): void {
  status.elapsedMs = Math.round((status.elapsedMs ?? 0) + input.sinceLastMs);
  if (status.step) status.step.elapsedMs = Math.round((status.step.elapsedMs ?? 0) + input.sinceLastMs);
}

function next(draft: Draft): void {
  const { input, status, events } = draft;
  const { steps, strategy } = input.settings;
  const index = (status.step?.index ?? 0) + 1;
  const step = steps[index];
  if (step === undefined) return promoted(draft);
  enterStep(draft, index);
  status.phase =
    step.kind === 'bake'
      ? 'Baking'
      : step.kind === 'pause' && step.durationMs === undefined
        ? 'Paused'
        : 'Progressing';
  const copies = strategy === 'Shadow' ? 'copies of ' : '';
  status.message = `${status.candidateRevision} goes to ${copies}${status.step?.weight} % (step ${index + 1} of ${steps.length})`;
  events.push({ type: 'Normal', reason: 'StepStarted', message: status.message });
}

function promoted(draft: Draft): void {
  const { candidateRevision } = draft.status;
  if (candidateRevision !== undefined) promote(draft, candidateRevision, 'rollout');
}
