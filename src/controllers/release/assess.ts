import type { ReleaseKind, Resource } from '../../api/resource.ts';
import type { ReleaseStatus } from '../../api/status.ts';
import { guardrailsOf, riskOf } from '../../decision/guardrails.ts';
import { judge } from '../../decision/judge.ts';
import { type EvidenceSource, servedEverywhere } from '../../evidence/source.ts';
import { messageOf } from '../../lib/log.ts';
import type { Evidence } from '../../rollout/pass.ts';
import { awaitsConfirmation } from '../../rollout/plan.ts';
import { settingsOf } from '../../rollout/settings.ts';
import type { Clock } from '../clock.ts';

/** What the gateways' counts say of a release; empty where nothing needs to be asked. */
export interface Assessment {
  evidence?: Evidence;
  servedEverywhere?: boolean;
  /** The decision engine's state after this look, for `status.evidence`. */
  packed?: string;
}

export type Assessor = (
  resource: Resource<ReleaseKind>,
  status: ReleaseStatus,
  answersHaveSchema: boolean | undefined,
) => Promise<Assessment>;

/** Asks the gateways about a release whose rollout is under way or was just taken back; nobody at rest. */
export function assessor(evidence: EvidenceSource, clock: Clock): Assessor {
  return async (resource, status, answersHaveSchema) => {
    const { uid } = resource.metadata;
    const { stableRevision: stable, candidateRevision: candidate, attempt, step } = status;
    if (stable === undefined || attempt === undefined) return {};
    if (candidate === undefined && !awaitsConfirmation(status, clock.now())) return {};
    const readings = await evidence.read([uid]).catch((error: unknown) => messageOf(error));
    if (typeof readings === 'string') return { evidence: { unknown: readings } };

    if (candidate === undefined || step === undefined) {
      return { servedEverywhere: servedEverywhere(readings, uid, { attempt, weight: 0, stable }) };
    }
    const rollout = resource.invalid === undefined ? resource.spec.rollout : undefined;
    const { packed, judgement } = judge(
      status.evidence,
      {
        uid,
        attempt,
        stable,
        candidate,
        step: step.index,
        restarts: settingsOf(rollout).steps.length - 1,
        guardrails: guardrailsOf(rollout, answersHaveSchema),
        risk: riskOf(rollout),
      },
      readings,
    );
    return { evidence: { judgement }, packed };
  };
}

/** The status with the decision engine's state in it, where there is a candidate that it is about. */
export function withEvidence(status: ReleaseStatus, packed: string | undefined): ReleaseStatus {
  return packed === undefined || status.candidateRevision === undefined
    ? status
    : { ...status, evidence: packed };
}
