import type { ReleaseStatus } from '../api/status.ts';
import type { Draft } from './pass.ts';

const MOST_QUARANTINED = 10;

/** Why a revision stays out; undefined where it does not. */
export function quarantinedBecause(status: ReleaseStatus, revision: string): string | undefined {
  return status.quarantined?.find((each) => each.revision === revision)?.reason;
}

/** Keeps a revision out, the newest first; the oldest beyond ten is forgotten. */
export function quarantine(status: ReleaseStatus, revision: string, reason: string, now: Date): void {
  const others = (status.quarantined ?? []).filter((each) => each.revision !== revision);
  status.quarantined = [{ revision, reason, at: now.toISOString() }, ...others].slice(0, MOST_QUARANTINED);
}

/** Lets a revision in again; says whether it was out. */
export function lift(status: ReleaseStatus, revision: string): boolean {
  const others = (status.quarantined ?? []).filter((each) => each.revision !== revision);
  if (others.length === (status.quarantined ?? []).length) return false;
  if (others.length === 0) delete status.quarantined;
  else status.quarantined = others;
  return true;
}

/** A changed `spec.rollout.retryToken` lifts the quarantine of the revision in the spec. */
export function liftedByToken({ input, status, events }: Draft, revision: string): void {
  const { retryToken } = input.settings;
  if (retryToken === (status.retryToken ?? '')) return;
  status.retryToken = retryToken;
  if (lift(status, revision)) {
    events.push({
      type: 'Normal',
      reason: 'QuarantineLifted',
      message: `${revision} is let in again by retryToken`,
    });
  }
}
