import type { Judgement } from '../api/judgement.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Draft } from './pass.ts';
import { rollBack } from './rollback.ts';
import type { PlannedStep } from './settings.ts';
import { enterStep, promote } from './transitions.ts';

/** What keeps a rollout from going on, and whether a person has to do something about it. */
interface Wait {
  why: string;
  phase: 'Progressing' | 'Paused' | 'Baking';
}

/** One look at the rollout under way: takes it back, moves it on, or says what it waits for. */
export function progress(draft: Draft): void {
  const { input, status } = draft;
  pass(draft);
  const judgement = input.evidence && 'judgement' in input.evidence ? input.evidence.judgement : undefined;
  if (judgement !== undefined) {
    status.guardrails = judgement.guardrails;
    if (status.step) status.step.calls = judgement.stepCalls;
    announce(draft, judgement);
    if (judgement.rollback !== undefined) {
      return rollBack(draft, judgement.rollback);
    }
  }
  if (draft.promote === 'full') return promoted(draft);
  if (draft.promote === 'step') return next(draft);
  if (overdue(draft) && input.settings.onInconclusive === 'Rollback') {
    return rollBack(draft, { reason: `no verdict within ${formatDuration(input.settings.deadlineMs)}` });
  }
  if (
    overdue(draft) &&
    input.settings.onInconclusive === 'Promote' &&
    judgement !== undefined &&
    !input.settings.paused
  ) {
    return promoted(draft);
  }
  const wait = waitsFor(draft, judgement);
  if (wait === undefined) return next(draft);
  status.phase = wait.phase;
  status.message = describe(draft, wait, judgement);
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
  const index = (status.step?.index ?? 0) + 1;
  const step = input.settings.steps[index];
  if (step === undefined) return promoted(draft);
  enterStep(draft, index);
  status.phase =
    step.kind === 'bake'
      ? 'Baking'
      : step.kind === 'pause' && step.durationMs === undefined
        ? 'Paused'
        : 'Progressing';
  status.message = `${status.candidateRevision} goes to ${status.step?.weight} % (step ${index + 1} of ${input.settings.steps.length})`;
  events.push({ type: 'Normal', reason: 'StepStarted', message: status.message });
}

function promoted(draft: Draft): void {
  const { candidateRevision } = draft.status;
  if (candidateRevision !== undefined) promote(draft, candidateRevision, 'rollout');
}

function overdue({ input, status }: Draft): boolean {
  return (status.elapsedMs ?? 0) >= input.settings.deadlineMs;
}

function waitsFor(draft: Draft, judgement: Judgement | undefined): Wait | undefined {
  const { input, status } = draft;
  const { settings } = input;
  const step = stepOf(draft);
  const phase = step.kind === 'bake' ? 'Baking' : 'Progressing';
  if (settings.paused) return { why: 'paused by spec.rollout.paused', phase: 'Paused' };
  if (judgement?.pause !== undefined) {
    const { guardrail, reason } = judgement.pause;
    return { why: `guardrail ${guardrail} fails (${reason}); promote or abort`, phase: 'Paused' };
  }
  if (overdue(draft)) {
    return {
      why: `the deadline of ${formatDuration(settings.deadlineMs)} has passed; promote or abort`,
      phase: 'Paused',
    };
  }
  if (step.kind === 'pause' && step.durationMs === undefined)
    return { why: 'waits for a promote', phase: 'Paused' };
  if (judgement === undefined) {
    const why = input.evidence && 'unknown' in input.evidence ? input.evidence.unknown : 'no evidence yet';
    return { why: `holds without evidence: ${why}`, phase };
  }
  const elapsed = status.step?.elapsedMs ?? 0;
  const least = step.kind === 'weight' ? step.minDurationMs : (step.durationMs ?? 0);
  if (elapsed < least) return { why: `${formatDuration(least - elapsed + 999)} left of this step`, phase };
  if (step.kind === 'weight' && judgement.stepCalls < step.minCalls) {
    return { why: `about ${step.minCalls - judgement.stepCalls} more calls needed`, phase };
  }
  if (judgement.hold !== undefined)
    return { why: `guardrail ${judgement.hold} is in doubt, more calls are needed`, phase };
  const last = (status.step?.index ?? 0) === settings.steps.length - 1;
  if (last && settings.requireProof && !judgement.proven) {
    return { why: 'not yet shown to be no worse than stable (requireProof)', phase };
  }
  return undefined;
}

/** The step under way; the last one where the spec has lost steps since. */
function stepOf({ input, status }: Draft): PlannedStep {
  const { steps } = input.settings;
  return steps[Math.min(status.step?.index ?? 0, steps.length - 1)]!;
}

function describe({ status }: Draft, { why }: Wait, judgement: Judgement | undefined): string {
  const { step } = status;
  if (step === undefined) return why;
  const calls = judgement === undefined ? '' : `, ${judgement.stepCalls} calls, no guardrail failing`;
  const place = `step ${step.index + 1} of ${step.count}: ${step.weight} % for ${formatDuration(step.elapsedMs ?? 0)}${calls}`;
  return `${place}; ${why}`;
}
