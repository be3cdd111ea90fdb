import { z } from 'zod';
import { Condition } from './conditions.ts';
import { listMap, revisionName, timestamp } from './schema.ts';

export const PHASES = [
  'Pending',
  'Evaluating',
  'Progressing',
  'Paused',
  'Baking',
  'Healthy',
  'RolledBack',
  'Invalid',
] as const;
export type Phase = (typeof PHASES)[number];

const Sample = z.strictObject({
  calls: z.int().optional(),
  value: z.string().max(32).optional(),
});

export const GuardrailStatus = z.strictObject({
  name: z.string().max(63),
  verdict: z.enum(['Pass', 'Fail', 'Inconclusive', 'NoData']),
  evidence: z
    .string()
    .max(32)
    .optional()
    .describe('E-value: how many times likelier the counts are if the candidate is worse.'),
  threshold: z
    .string()
    .max(32)
    .optional()
    .describe('The evidence at which this guardrail alone fails the candidate.'),
  notWorse: z.boolean().optional().describe('Whether the candidate is shown not to be worse.'),
  stable: Sample.optional(),
  candidate: Sample.optional(),
  message: z.string().max(1024).optional(),
});
export type GuardrailStatus = z.infer<typeof GuardrailStatus>;

export const StepStatus = z.strictObject({
  index: z.int().describe('Counted from 0.'),
  count: z.int(),
  weight: z.int().describe('Percent of calls that the candidate gets.'),
  progress: z.string().max(16).optional().describe('The step as people count it, e.g. 2/3.'),
  startedAt: timestamp().optional(),
  elapsedMs: z.int().optional().describe("Time spent in this step, by the clock that cannot jump."),
  calls: z.int().optional().describe('Calls that the candidate served in this step.'),
});
export type StepStatus = z.infer<typeof StepStatus>;

export const RollbackStatus = z.strictObject({
  from: revisionName(),
  to: revisionName(),
  guardrail: z.string().max(63).optional().describe('The guardrail that failed; absent after an abort.'),
  reason: z.string().max(1024),
  badCalls: z.int().optional().describe('Bad calls charged to the candidate under that guardrail.'),
  detectedAt: timestamp(),
  servedAt: timestamp().optional().describe('When every gateway had the new table.'),
  undo: z.string().max(1024).describe('The command that lets this revision in again.'),
  mode: z.enum(['Pin', 'RevertSpec']).optional().describe('What was done about the spec.'),
  generation: z.int().optional().describe('Generation of the spec that was rolled back.'),
  revertedGeneration: z.int().optional().describe('Generation that putting the spec back made.'),
});
export type RollbackStatus = z.infer<typeof RollbackStatus>;

export const OUTCOMES_OF_ROLLOUT = ['Promoted', 'RolledBack', 'Aborted', 'Withdrawn', 'Superseded'] as const;

export const ReleaseStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  phase: z.enum(PHASES).optional(),
  message: z.string().max(2048).optional(),
  epoch: z
    .int()
    .optional()
    .describe('Lease transitions of the leader that wrote this; gateways ignore a lower one.'),
  attempt: z.int().optional().describe('How many rollouts this resource has begun.'),
  stableRevision: revisionName().optional(),
  candidateRevision: revisionName().optional(),
  traffic: z
    .array(z.strictObject({ revision: revisionName(), weight: z.int().min(0).max(100) }))
    .max(4)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional(),
  step: StepStatus.optional(),
  guardrails: listMap(GuardrailStatus, 'name', 16).optional(),
  rollback: RollbackStatus.optional(),
  quarantined: z
    .array(z.strictObject({ revision: revisionName(), reason: z.string().max(1024), at: timestamp() }))
    .max(10)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe('Revisions that stay out, newest first.'),
  history: z
    .array(
      z.strictObject({
        revision: revisionName(),
        outcome: z.enum(OUTCOMES_OF_ROLLOUT),
        startedAt: timestamp(),
        finishedAt: timestamp(),
      }),
    )
    .max(10)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe('Finished rollouts, newest first.'),
  lastAction: z
    .strictObject({
      verb: z.string().max(64),
      value: z.string().max(256).optional(),
      at: timestamp(),
      result: z.string().max(256).describe('What it did, or why it did nothing.'),
      cleared: z.boolean().optional().describe('Whether the annotation has been seen gone since.'),
    })
    .optional()
    .describe('The last annotation that was acted on.'),
  retryToken: z.string().max(256).optional().describe('The spec.rollout.retryToken acted on last.'),
  startedAt: timestamp().optional().describe('When the rollout under way began.'),
  elapsedMs: z
    .int()
    .optional()
    .describe('Time spent in the rollout under way by the clock that cannot jump.'),
  evidence: z
    .string()
    .max(16_384)
    .optional()
    .describe('What the decision engine knows of the rollout under way, packed. Not for people.'),
  conditions: listMap(Condition, 'type', 16).optional(),
});
export type ReleaseStatus = z.infer<typeof ReleaseStatus>;
