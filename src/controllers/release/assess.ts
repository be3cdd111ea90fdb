import type { ReleaseKind, Resource } from '../../api/resource.ts';
import type { ReleaseStatus } from '../../api/status.ts';
import type { Case } from '../../decision/case.ts';
import { guardrailsOf, riskOf } from '../../decision/guardrails.ts';
import { judge } from '../../decision/judge.ts';
import { pack, type State } from '../../decision/judge-state.ts';
import { type CustomSource, withoutPrometheus } from '../../evidence/prometheus/source.ts';
import { type EvidenceSource, servedEverywhere } from '../../evidence/source.ts';
import { messageOf } from '../../lib/log.ts';
import type { Evidence } from '../../rollout/pass.ts';
import { awaitsConfirmation } from '../../rollout/plan.ts';
import { settingsOf } from '../../rollout/settings.ts';
import { hasEnded, isEvaluating } from '../../rollout/status.ts';
import type { Source } from '../../store/store.ts';
import type { Clock } from '../clock.ts';
import { readCustom } from './custom.ts';
import { readScores, withoutEvaluator } from './scores.ts';

/** What the gateways' counts say of a release; empty where nothing needs to be asked. */
export interface Assessment {
  evidence?: Evidence;
  servedEverywhere?: boolean;
  /** What the decision engine knows after this look. */
  known?: Known;
}

/** What the decision engine knows of one attempt. */
export interface Known {
  attempt: number;
  state: State;
  /** The state as it is kept in `status.evidence`. */
  packed: () => string;
}

export type Assessor = (
  resource: Resource<ReleaseKind>,
  status: ReleaseStatus,
  answersHaveSchema: boolean | undefined,
  before: Known | undefined,
) => Promise<Assessment>;

export interface AssessorOptions {
  /** The gateways. */
  evidence: EvidenceSource;
  /** Where the users' own metrics are. Default: nowhere. */
  custom?: CustomSource | undefined;
  /** The evaluators. Default: none. */
  scores?: EvidenceSource | undefined;
  /** Where suites are found. */
  source: Pick<Source, 'get'>;
  clock: Clock;
}

/**
 * Asks the gateways about a release whose rollout is under way or was just taken back, nobody at rest; and while there is a
 * candidate whoever else its guardrails are held against.
 */
export function assessor(options: AssessorOptions): Assessor {
  const { evidence, custom: customs = withoutPrometheus, scores: evaluators = withoutEvaluator } = options;
  const { source, clock } = options;
  return async (resource, status, answersHaveSchema, before) => {
    const { uid } = resource.metadata;
    const { stableRevision: stable, candidateRevision: candidate, attempt, step } = status;
    if (stable === undefined || attempt === undefined) return {};
    if (candidate === undefined && !awaitsConfirmation(status, clock.now())) return {};
    const rollout = resource.invalid === undefined ? resource.spec.rollout : undefined;
    const settings = settingsOf(rollout);
    if (hasEnded(status, settings) || isEvaluating(status)) return {};
    const asked = candidate === undefined ? undefined : rollout;
    const [readings, custom, scores] = await Promise.all([
      evidence.read([uid]).catch((error: unknown) => messageOf(error)),
      readCustom(customs, asked, { stable, candidate: candidate ?? stable }),
      readScores(source, evaluators, resource.metadata, asked),
    ]);
    if (typeof readings === 'string') return { evidence: { unknown: readings } };

    if (candidate === undefined || step === undefined) {
      return { servedEverywhere: servedEverywhere(readings, uid, { attempt, weight: 0, stable }) };
    }
    const subject: Case = {
      uid,
      attempt,
      stable,
      candidate,
      step: step.index,
      weight: step.weight,
      restarts: settings.steps.length - 1,
      guardrails: guardrailsOf(rollout, answersHaveSchema),
      risk: riskOf(rollout),
      elapsedMs: status.elapsedMs ?? 0,
      stepElapsedMs: step.elapsedMs ?? 0,
      differences: settings.strategy === 'ABTest',
    };
    const kept = before?.attempt === attempt ? before.state : status.evidence;
    const { state, judgement } = judge(
      kept,
      subject,
      [...readings, ...scores.readings],
      [...custom, ...scores.problems],
    );
    return { evidence: { judgement }, known: { attempt, state, packed: () => pack(state) } };
  };
}

/**
 * The status with what the decision engine knows in it, where it is about the candidate under way: whoever goes on from
 * the status goes on from there.
 */
export function withEvidence(status: ReleaseStatus, known: Known | undefined): ReleaseStatus {
  if (known === undefined || status.candidateRevision === undefined || status.attempt !== known.attempt) {
    return status;
  }
  return { ...status, evidence: known.packed() };
}
