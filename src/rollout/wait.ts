import type { Judgement } from '../api/judgement.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Draft } from './pass.ts';
import type { PlannedStep } from './settings.ts';
import { askedBy, callsPerSecond, inBrackets, timeFor } from './words.ts';

const STABLE_SERVES_NOTHING =
  '; stable serves no calls to compare with: lower the weight of the step, or promote';

/** What keeps a rollout from going on, and whether a person has to do something about it. */
export interface Wait {
  why: string;
  phase: 'Progressing' | 'Paused' | 'Baking';
}

/** What the step under way waits for; undefined where the next may begin. The first that applies, a person's doing first. */
export function waitsFor(draft: Draft, judgement: Judgement | undefined, overdue: boolean): Wait | undefined {
  const { input, status } = draft;
  const { settings } = input;
  const step = stepOf(draft);
  const phase = step.kind === 'bake' ? 'Baking' : 'Progressing';
  const wait = (why: string): Wait => ({ why, phase });
  const paused = (why: string): Wait => ({ why, phase: 'Paused' });

  if (settings.paused) return paused(`paused by spec.rollout.paused${inBrackets(askedBy(input.paused))}`);
  if (judgement?.pause !== undefined) {
    const { guardrail, reason } = judgement.pause;
    return paused(`guardrail ${guardrail} fails (${reason}); promote or abort`);
  }
  if (overdue) {
    const blind = judgement?.blind === undefined ? '' : `${blindness(judgement, judgement.blind)}; `;
    return paused(
      `${blind}the deadline of ${formatDuration(settings.deadlineMs)} has passed; promote or abort`,
    );
  }
  if (step.kind === 'pause' && step.durationMs === undefined) return paused('waits for a promote');
  if (judgement === undefined) {
    const why = input.evidence && 'unknown' in input.evidence ? input.evidence.unknown : 'no evidence yet';
    return wait(`holds without evidence: ${why}`);
  }
  if (settings.strategy === 'ABTest') {
    const left = formatDuration(settings.deadlineMs - (status.elapsedMs ?? 0) + 999);
    return wait(`ends with its deadline in ${left}, or by promote or abort`);
  }
  const elapsed = status.step?.elapsedMs ?? 0;
  const least = step.kind === 'weight' ? step.minDurationMs : (step.durationMs ?? 0);
  if (elapsed < least) return wait(`${formatDuration(least - elapsed + 999)} left of this step`);
  if (step.kind === 'weight' && judgement.stepCalls < step.minCalls) {
    const missing = step.minCalls - judgement.stepCalls;
    return wait(`about ${missing} more calls needed${timeFor(missing, callsPerSecond(status))}`);
  }
  // Before the first weight there are no calls to be blind to.
  if (judgement.blind !== undefined && status.step?.weight !== 0)
    return wait(blindness(judgement, judgement.blind));
  const alone = settings.strategy !== 'Shadow' && status.step?.weight === 100 ? STABLE_SERVES_NOTHING : '';
  if (judgement.hold !== undefined) return wait(`${doubt(judgement, judgement.hold)}${alone}`);
  const last = (status.step?.index ?? 0) >= settings.steps.length - 1;
  if (last && settings.requireProof && !judgement.proven) {
    return wait(`${unproven(judgement)}${alone}`);
  }
  if (last && settings.strategy === 'Shadow') {
    return paused('has answered copies only; promote to let it serve, or abort');
  }
  return undefined;
}

/** The step under way; the last one where the spec has lost steps since. */
function stepOf({ input, status }: Draft): PlannedStep {
  const { steps } = input.settings;
  return steps[Math.min(status.step?.index ?? 0, steps.length - 1)]!;
}

function blindness({ guardrails }: Judgement, name: string): string {
  const message = guardrails.find((each) => each.name === name)?.message;
  const why = message === undefined ? '' : ` (${message})`;
  return `guardrail ${name} has no data${why}: holds until it has; mend its source, take it out of the spec, or promote`;
}

function doubt({ guardrails }: Judgement, name: string): string {
  const found = guardrails.find((each) => each.name === name);
  const figures = found?.evidence === undefined ? '' : ` (evidence ${found.evidence} of ${found.threshold})`;
  return `guardrail ${name} is in doubt${figures}, more calls are needed`;
}

function unproven({ guardrails }: Judgement): string {
  const missing = guardrails
    .filter(
      ({ notWorse, candidate, stable }) => !notWorse && !(candidate?.calls === 0 && stable?.calls === 0),
    )
    .map(({ name, message }) => (message === undefined ? name : `${name} (${message})`));
  const which = missing.length === 0 ? '' : `: ${missing.join('; ')}`;
  return `not yet shown to be no worse than stable (requireProof)${which}`;
}
