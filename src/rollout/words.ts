import type { Judgement } from '../api/judgement.ts';
import type { ReleaseStatus } from '../api/status.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Asked, Draft } from './pass.ts';

/** A deadline is said when it is near. */
const NEAR_MS = 3_600_000;

/** Where a rollout stands, what is known, and what it waits for: `step 2 of 3: 25 % for 3m12s, 214 calls (1.1/s), …`. */
export function describe(
  { input, status }: Draft,
  { why }: { why: string },
  judgement: Judgement | undefined,
): string {
  const { step } = status;
  if (step === undefined) return why;
  const { strategy, deadlineMs } = input.settings;
  const share = `${strategy === 'Shadow' ? 'copies of ' : ''}${step.weight} %`;
  const place = strategy === 'ABTest' ? 'A/B test' : `step ${step.index + 1} of ${step.count}`;
  const known = judgement === undefined ? '' : `, ${callsOf(status, judgement)}, ${failing(judgement)}`;
  const left = deadlineMs - (status.elapsedMs ?? 0);
  const deadline =
    strategy !== 'ABTest' && left > 0 && left < NEAR_MS ? `; deadline in ${formatDuration(left)}` : '';
  return `${place}: ${share} for ${formatDuration(step.elapsedMs ?? 0)}${known}; ${why}${deadline}`;
}

/** What is said of a test or a shadow after its deadline. */
export function describeEnd({ input, status }: Draft): string {
  const what = input.settings.strategy === 'Shadow' ? 'answering copies' : 'the A/B test';
  const { deadlineMs } = input.settings;
  return (
    `${what} ended after ${formatDuration(deadlineMs)} and ${status.stableRevision} serves all calls; what was found is in ` +
    `status.guardrails; promote ${status.candidateRevision} to let it serve, or abort`
  );
}

/** Calls that the candidate gets in a second of this step; undefined before the first. */
export function callsPerSecond({ step }: ReleaseStatus): number | undefined {
  const { calls = 0, elapsedMs = 0 } = step ?? {};
  return calls > 0 && elapsedMs > 0 ? (calls / elapsedMs) * 1_000 : undefined;
}

/** `, 1m20s at this rate`; nothing where the rate is not known. */
export function timeFor(calls: number, perSecond: number | undefined): string {
  if (perSecond === undefined) return '';
  return `, ${formatDuration(Math.max(1, calls / perSecond) * 1_000)} at this rate`;
}

function callsOf(status: ReleaseStatus, { stepCalls }: Judgement): string {
  const rate = callsPerSecond(status);
  return rate === undefined ? `${stepCalls} calls` : `${stepCalls} calls (${Number(rate.toPrecision(2))}/s)`;
}

function failing({ guardrails }: Judgement): string {
  const names = guardrails.filter(({ verdict }) => verdict === 'Fail').map(({ name }) => name);
  return names.length === 0 ? 'no guardrail failing' : `failing: ${names.join(', ')}`;
}

/** ` by jane: too chatty`, as far as it was said; nothing where neither was. */
export function askedBy({ by, reason }: Asked = {}): string {
  return `${by === undefined ? '' : ` by ${by}`}${reason === undefined ? '' : `: ${reason}`}`;
}

/** What `askedBy` says, in brackets of its own; nothing where it says nothing. */
export const inBrackets = (said: string): string => (said === '' ? '' : ` (${said.replace(/^[ :]+/, '')})`);

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Why, with how strong the evidence was. */
export function inFull({ reason, proof }: { reason: string; proof?: string | undefined }): string {
  return proof === undefined ? reason : `${reason} (${proof})`;
}
