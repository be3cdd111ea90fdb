import type { ReleaseStatus } from '../api/status.ts';

/** A copy to write to. Lists are copied where transitions change them. */
export function inheritedFrom(status: ReleaseStatus): ReleaseStatus {
  return {
    ...status,
    ...(status.step && { step: { ...status.step } }),
    ...(status.rollback && { rollback: { ...status.rollback } }),
    ...(status.lastAction && { lastAction: { ...status.lastAction } }),
  };
}

/** Sets who serves: all stable, or split with the candidate. Weights add up to 100. */
export function route(status: ReleaseStatus, weight: number): void {
  const { stableRevision, candidateRevision } = status;
  if (stableRevision === undefined) return;
  status.traffic =
    candidateRevision === undefined || weight === 0
      ? [{ revision: stableRevision, weight: 100 }]
      : [
          { revision: stableRevision, weight: 100 - weight },
          { revision: candidateRevision, weight },
        ];
}
