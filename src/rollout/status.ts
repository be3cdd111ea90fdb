import type { ReleaseStatus } from '../api/status.ts';
import { type Settings, weightAt } from './settings.ts';

/** A copy to write to. Lists are copied where transitions change them. */
export function inheritedFrom(status: ReleaseStatus): ReleaseStatus {
  return {
    ...status,
    ...(status.step && { step: { ...status.step } }),
    ...(status.rollback && { rollback: { ...status.rollback } }),
    ...(status.lastAction && { lastAction: { ...status.lastAction } }),
  };
}

/** Sets who serves: all stable, or split with the candidate. Weights add up to 100. Copies go to nobody. */
export function route(status: ReleaseStatus, weight: number): void {
  const { stableRevision, candidateRevision } = status;
  delete status.shadow;
  if (stableRevision === undefined) return;
  status.traffic =
    candidateRevision === undefined || weight === 0
      ? [{ revision: stableRevision, weight: 100 }]
      : [
          { revision: stableRevision, weight: 100 - weight },
          { revision: candidateRevision, weight },
        ];
}

/**
 * Revisions that were promoted before the one that serves, newest first; undefined where the history does not go back to
 * its promotion.
 */
export function promotedBefore({ history = [], stableRevision = '' }: ReleaseStatus): string[] | undefined {
  const promoted = history.filter(({ outcome }) => outcome === 'Promoted').map(({ revision }) => revision);
  const present = promoted.indexOf(stableRevision);
  if (present === -1) return undefined;
  return promoted.slice(present + 1).filter((revision) => revision !== stableRevision);
}

/** Puts right what somebody else may have written into the status of a release that has no rollout under way. */
export function stableServesAll(status: ReleaseStatus): void {
  route(status, 0);
  delete status.step;
  delete status.evidence;
}

/** Has stable serve everything, and the candidate answer copies of a share of the calls. */
export function copyTo(status: ReleaseStatus, weight: number): void {
  const { candidateRevision } = status;
  route(status, 0);
  if (candidateRevision !== undefined && weight > 0) status.shadow = { revision: candidateRevision, weight };
}

/** Whether the candidate is held against its gates, and serves nobody yet. */
export function isEvaluating({ candidateRevision, step }: ReleaseStatus): boolean {
  return candidateRevision !== undefined && step === undefined;
}

/** Whether a rollout has taken as long as it may. */
export function isOverdue({ elapsedMs = 0 }: ReleaseStatus, { deadlineMs }: Settings): boolean {
  return elapsedMs >= deadlineMs;
}

/**
 * Whether a test or a shadow has come to its deadline: stable serves all, and a person decides, who may give it more time.
 * The weight of a pause that comes before the first weight is 0 as well, by the spec.
 */
export function hasEnded(status: ReleaseStatus, settings: Settings): boolean {
  const { candidateRevision, step } = status;
  if (candidateRevision === undefined || step?.weight !== 0) return false;
  return weightAt(settings.steps, step.index) > 0 && isOverdue(status, settings);
}
