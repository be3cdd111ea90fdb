import type { ReleaseStatus } from '../../api/status.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import type { Known } from './assess.ts';

/** What the controller remembers of a release between passes; lost on restart, and nothing is lost by that. */
export interface Remembered {
  uid: string;
  /** The status as the last pass left it, which may be ahead of what was written. */
  status: ReleaseStatus;
  /** When the last pass was, by the clock that cannot jump, in ms. */
  lookedAt: number;
  /** What the decision engine knows; without it it goes on from the status. */
  known?: Known;
  /** When the status was last written, by the same clock. */
  wroteAt: number;
}

/** Least time between two writes that only say how far a rollout is, in ms: ten a minute. */
export const PROGRESS_WRITE_MS = 6_000;

/** Whether two statuses are the same to the letter. */
export function same(one: ReleaseStatus, other: ReleaseStatus): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Whether two statuses differ only in how far the rollout is: nothing that moves traffic or that a restart needs. */
export function onlyProgress(one: ReleaseStatus, other: ReleaseStatus): boolean {
  return canonicalJson(lasting(one)) === canonicalJson(lasting(other));
}

function lasting(status: ReleaseStatus): Partial<ReleaseStatus> {
  const { message, guardrails, evidence, elapsedMs, epoch, step, ...rest } = status;
  if (step === undefined) return rest;
  const { elapsedMs: _elapsed, calls: _calls, ...place } = step;
  return { ...rest, step: place };
}
