import { type Condition, type ConditionNow, mergeConditions } from '../api/conditions.ts';
import type { ReleaseStatus } from '../api/status.ts';
import type { PlanInput } from './pass.ts';

const UNDER_WAY = new Set<ReleaseStatus['phase']>([
  'Pending',
  'Evaluating',
  'Progressing',
  'Paused',
  'Baking',
]);

/**
 * kstatus reads these: Ready tells whether the spec as it stands is what serves; Reconciling and Stalled are never
 * both True; Available tells whether anything serves at all.
 */
export function conditionsOf(
  status: ReleaseStatus,
  stalled: { reason: string; message: string } | undefined,
  { status: before, generation, now, warnings = [] }: PlanInput,
): Condition[] {
  const { phase = 'Pending', message = '', stableRevision } = status;
  // After the spec was put back the revision that serves is the one in the spec, but not the one that was asked for.
  const why = stalled ?? (phase === 'RolledBack' ? { reason: 'RolledBack', message } : undefined);
  const underWay = UNDER_WAY.has(phase) && why === undefined;
  // The message changes at every look; a condition is for what lasts.
  const lasting = underWay ? `${status.candidateRevision ?? 'nothing yet'} is being rolled out` : message;
  const next: ConditionNow[] = [
    {
      type: 'Ready',
      status: phase === 'Healthy' ? 'True' : 'False',
      reason: why?.reason ?? phase,
      message: why?.message ?? lasting,
    },
    {
      type: 'Reconciling',
      status: underWay ? 'True' : 'False',
      reason: phase,
      message: underWay ? lasting : '',
    },
    {
      type: 'Stalled',
      status: why ? 'True' : 'False',
      reason: why?.reason ?? phase,
      message: why?.message ?? '',
    },
    {
      type: 'Available',
      status: stableRevision === undefined ? 'False' : 'True',
      reason: stableRevision === undefined ? 'NothingServes' : 'Serving',
      message: stableRevision === undefined ? 'no revision serves yet' : `${stableRevision} serves`,
    },
  ];
  next.push(...warnings);
  return mergeConditions(before.conditions ?? [], next, generation, now);
}
