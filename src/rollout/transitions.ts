import type { OUTCOMES_OF_ROLLOUT, ReleaseStatus } from '../api/status.ts';
import type { Draft } from './pass.ts';
import { type PlannedStep, weightAt } from './settings.ts';
import { copyTo, route } from './status.ts';
import { inFull, listed } from './words.ts';

const MOST_HISTORY = 10;
export type RolloutOutcome = (typeof OUTCOMES_OF_ROLLOUT)[number];

/** A new candidate is held against its gates, or starts from the first step where there are none. */
export function begin(draft: Draft, revision: string): void {
  const { input, status, events } = draft;
  status.attempt = (status.attempt ?? 0) + 1;
  status.candidateRevision = revision;
  status.startedAt = input.now.toISOString();
  status.elapsedMs = 0;
  delete status.evidence;
  delete status.guardrails;
  delete status.rollback;
  const { gates } = input.settings;
  if (gates.length === 0) return start(draft, revision);
  delete status.step;
  route(status, 0);
  status.phase = 'Evaluating';
  status.message = `${revision} is held against ${listed(gates)} before it serves`;
  events.push({ type: 'Normal', reason: 'EvaluationStarted', message: status.message });
}

/** The candidate gets its first calls. */
export function start(draft: Draft, revision: string): void {
  const { input, status, events } = draft;
  if (input.settings.strategy === 'Immediate') return promote(draft, revision, 'rollout');
  enterStep(draft, 0);
  status.phase = 'Progressing';
  status.message = `${revision} begins at ${input.settings.strategy === 'Shadow' ? 'copies of ' : ''}${status.step?.weight} %`;
  events.push({ type: 'Normal', reason: 'RolloutStarted', message: status.message });
}

/** Goes to step `index` and sets its weight. */
export function enterStep(draft: Draft, index: number): void {
  const { input, status } = draft;
  const place = placeOf(input.settings.steps, index);
  status.step = { ...place, startedAt: input.now.toISOString(), elapsedMs: 0, calls: 0 };
  split(draft);
}

/** Stays in the step under way, as the spec has it now: strategy and steps may have been changed since the last pass. */
export function keepStep(draft: Draft): void {
  const { input, status } = draft;
  const { step } = status;
  if (step !== undefined) status.step = { ...step, ...placeOf(input.settings.steps, step.index) };
  split(draft);
}

/** Which step it is, out of how many, and its weight. One that the spec has no longer is the last. */
function placeOf(steps: readonly PlannedStep[], index: number) {
  const count = Math.max(steps.length, index + 1);
  return { index, count, weight: weightAt(steps, index), progress: `${index + 1}/${count}` };
}

/** Routes calls, or copies of them, as the step under way asks. */
function split({ input, status }: Draft): void {
  const weight = status.step?.weight ?? 0;
  if (input.settings.strategy === 'Shadow') copyTo(status, weight);
  else route(status, weight);
}

/** Ends a test or a shadow without a verdict: stable serves all, the candidate waits for a person. */
export function end(draft: Draft): void {
  const { status, events } = draft;
  if (status.step === undefined) return;
  status.step = { ...status.step, weight: 0 };
  route(status, 0);
  events.push({
    type: 'Normal',
    reason: 'Ended',
    message: `${status.candidateRevision} has come to its deadline; ${status.stableRevision} serves all calls`,
  });
}

/** `revision` becomes stable and serves everything. */
export function promote(draft: Draft, revision: string, how: 'first' | 'immediate' | 'rollout'): void {
  const { input, status, events } = draft;
  if (how === 'rollout') finish(draft, 'Promoted');
  else {
    if (status.candidateRevision !== undefined) finish(draft, 'Superseded');
    const at = input.now.toISOString();
    status.attempt = (status.attempt ?? 0) + 1;
    remember(status, revision, 'Promoted', at, at);
    delete status.guardrails;
    delete status.rollback;
  }
  status.stableRevision = revision;
  route(status, 0);
  rest(draft);
  events.push({
    type: 'Normal',
    reason: 'Promoted',
    message:
      how === 'first'
        ? `${revision} is the first revision and serves at once`
        : `${revision} serves all calls`,
  });
}

/** The candidate goes without being judged: the spec went back to stable, or on to something else. */
export function withdraw(draft: Draft, outcome: 'Withdrawn' | 'Superseded'): void {
  const { status, events } = draft;
  const candidate = status.candidateRevision;
  finish(draft, outcome);
  route(status, 0);
  delete status.guardrails;
  events.push({
    type: 'Normal',
    reason: outcome,
    message: `${candidate} was withdrawn; ${status.stableRevision} serves`,
  });
}

/** Nothing is under way and the spec is what serves. */
export function rest({ input, status }: Draft): void {
  const { rollback } = status;
  const reverted = rollback?.mode === 'RevertSpec' && rollback.to === status.stableRevision;
  if (reverted && rollback.revertedGeneration === undefined && status.phase === 'RolledBack') {
    // The spec was put back, and this is the first pass to see it.
    rollback.revertedGeneration = input.generation;
  }
  if (reverted && rollback.revertedGeneration === input.generation) {
    status.phase = 'RolledBack';
    status.message = `${rollback.from} was taken back: ${inFull(rollback)}; the spec was put back to ${rollback.to}`;
    return;
  }
  status.phase = 'Healthy';
  status.message = `${status.stableRevision} serves all calls`;
}

/** Ends the rollout under way and writes it into the history. */
export function finish({ input, status }: Draft, outcome: RolloutOutcome): void {
  const { candidateRevision, startedAt } = status;
  if (candidateRevision === undefined) return;
  const finishedAt = input.now.toISOString();
  remember(status, candidateRevision, outcome, startedAt ?? finishedAt, finishedAt);
  delete status.candidateRevision;
  delete status.step;
  delete status.startedAt;
  delete status.elapsedMs;
  delete status.evidence;
}

function remember(
  status: ReleaseStatus,
  revision: string,
  outcome: RolloutOutcome,
  startedAt: string,
  finishedAt: string,
): void {
  const entry = { revision, outcome, startedAt, finishedAt };
  status.history = [entry, ...(status.history ?? [])].slice(0, MOST_HISTORY);
}
