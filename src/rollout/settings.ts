import type { Rollout, Step } from '../api/rollout.ts';
import { parseDuration } from '../lib/duration.ts';

/** A step with its defaults filled in. */
export type PlannedStep =
  | { kind: 'weight'; weight: number; minDurationMs: number; minCalls: number }
  /** Waits at the weight reached; without a duration until a promote. */
  | { kind: 'pause'; durationMs?: number }
  /** The watch after the last step, with a share of calls held back on stable. */
  | { kind: 'bake'; weight: number; durationMs: number };

/** `spec.rollout` with every default filled in. Durations in ms. */
export interface Settings {
  strategy: NonNullable<Rollout['strategy']>;
  steps: PlannedStep[];
  requireProof: boolean;
  deadlineMs: number;
  onInconclusive: NonNullable<Rollout['onInconclusive']>;
  mode: NonNullable<NonNullable<Rollout['rollback']>['mode']>;
  paused: boolean;
  retryToken: string;
  /** Names of the suites that the candidate must pass before it serves a call. */
  gates: readonly string[];
}

const DEFAULT_STEPS: Step[] = [{ weight: 5 }, { weight: 25 }, { weight: 50 }];
const DEFAULT_MIN_DURATION = '5m';
const DEFAULT_MIN_CALLS = 100;
const DEFAULT_BAKE = '30m';
const DEFAULT_HOLDBACK = 5;
const DEFAULT_SHARE = 50;

/** Fills in what a spec leaves out. The spec has passed the schema. */
export function settingsOf(rollout: Rollout = {}): Settings {
  const { bake, strategy = 'Canary' } = rollout;
  const steps = strategy === 'ABTest' ? [shareOf(rollout)] : (rollout.steps ?? DEFAULT_STEPS).map(planned);
  if (bake !== undefined) {
    steps.push({
      kind: 'bake',
      weight: 100 - (bake.holdback ?? DEFAULT_HOLDBACK),
      durationMs: parseDuration(bake.duration ?? DEFAULT_BAKE),
    });
  }
  return {
    strategy,
    steps,
    requireProof: rollout.requireProof ?? false,
    deadlineMs: parseDuration(rollout.deadline ?? '24h'),
    onInconclusive: rollout.onInconclusive ?? 'Hold',
    mode: rollout.rollback?.mode ?? 'Auto',
    paused: rollout.paused ?? false,
    retryToken: rollout.retryToken ?? '',
    gates: gatesOf(rollout),
  };
}

/** Names of the suites that a rollout has for gates, each once. */
export function gatesOf({ gates = [] }: Rollout = {}): readonly string[] {
  return [...new Set(gates.map(({ evalSuiteRef }) => evalSuiteRef.name))];
}

/** An A/B test has one share throughout: the first that its steps name. */
function shareOf({ steps = [] }: Rollout): PlannedStep {
  const weight = steps.find((step) => step.weight !== undefined)?.weight ?? DEFAULT_SHARE;
  return { kind: 'weight', weight, minDurationMs: 0, minCalls: 0 };
}

function planned(step: Step): PlannedStep {
  if (step.pause !== undefined) {
    const { duration } = step.pause;
    return { kind: 'pause', ...(duration !== undefined && { durationMs: parseDuration(duration) }) };
  }
  return {
    kind: 'weight',
    weight: step.weight ?? 0,
    minDurationMs: parseDuration(step.minDuration ?? DEFAULT_MIN_DURATION),
    minCalls: step.minCalls ?? DEFAULT_MIN_CALLS,
  };
}

/** The candidate's weight in step `index`, in percent: a pause keeps the weight of the step before it. */
export function weightAt(steps: readonly PlannedStep[], index: number): number {
  for (let at = Math.min(index, steps.length - 1); at >= 0; at--) {
    const step = steps[at]!;
    if (step.kind !== 'pause') return step.weight;
  }
  return 0;
}
