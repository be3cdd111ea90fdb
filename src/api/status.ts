import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { listMap, revisionName, text, timestamp } from './schema.ts';

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
  calls: z.int().optional().describe('Calls that count for this guardrail.'),
  value: z.string().max(32).optional().describe('The value measured over them, e.g. 1.4%.'),
});

export const GuardrailStatus = z.strictObject({
  name: z.string().max(63).describe('Name of the guardrail.'),
  verdict: z.enum(['Pass', 'Fail', 'Inconclusive', 'NoData']).describe('What the evidence says so far.'),
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
  stable: Sample.optional().describe('What stable was measured at.'),
  candidate: Sample.optional().describe('What the candidate was measured at.'),
  difference: z
    .strictObject({
      value: z.string().max(32).describe('Candidate less stable, e.g. +0.4 points or +12%.'),
      low: z.string().max(32).describe('Lower end of the interval that is right at every look.'),
      high: z.string().max(32).describe('Upper end of it.'),
    })
    .optional()
    .describe(
      'How far the candidate is from stable, in an A/B test: a 95% interval that may be looked at any time.',
    ),
  message: text(1024, 0).optional().describe('The verdict in one sentence.'),
});
export type GuardrailStatus = z.infer<typeof GuardrailStatus>;

export const StepStatus = z.strictObject({
  index: z.int().describe('Counted from 0.'),
  count: z.int().describe('How many steps there are.'),
  weight: z.int().describe('Percent of calls that the candidate gets.'),
  progress: z.string().max(16).optional().describe('The step as people count it, e.g. 2/3.'),
  startedAt: timestamp().optional().describe('When this step began.'),
  elapsedMs: z.int().optional().describe('Time spent in this step, by the clock that cannot jump.'),
  calls: z.int().optional().describe('Calls that the candidate served in this step.'),
});
export type StepStatus = z.infer<typeof StepStatus>;

export const RollbackStatus = z.strictObject({
  from: revisionName().describe('The revision that was taken out.'),
  to: revisionName().describe('The revision that serves instead.'),
  guardrail: z.string().max(63).optional().describe('The guardrail that failed; absent after an abort.'),
  reason: text(1024, 0).describe('What was measured, e.g. 7 of 31 refused, stable 4 of 590.'),
  proof: text(256, 0)
    .optional()
    .describe('How strong the evidence was, e.g. evidence 240, 133 needed at a risk of 5%.'),
  badCalls: z.int().optional().describe('Bad calls charged to the candidate under that guardrail.'),
  detectedAt: timestamp().describe('When the evidence sufficed.'),
  servedAt: timestamp().optional().describe('When every gateway had the new table.'),
  undo: text(1024, 0).describe('The command that lets this revision in again.'),
  mode: z.enum(['Pin', 'RevertSpec']).optional().describe('What was done about the spec.'),
  generation: z.int().optional().describe('Generation of the spec that was rolled back.'),
  revertedGeneration: z.int().optional().describe('Generation that putting the spec back made.'),
});
export type RollbackStatus = z.infer<typeof RollbackStatus>;

export const OUTCOMES_OF_ROLLOUT = ['Promoted', 'RolledBack', 'Aborted', 'Withdrawn', 'Superseded'] as const;

export const ReleaseStatus = z
  .strictObject({
    observedGeneration: observedGeneration(),
    phase: z.enum(PHASES).optional().describe('Where the release stands.'),
    message: text(2048, 0).optional().describe('The state in one sentence.'),
    epoch: z
      .int()
      .optional()
      .describe('Lease transitions of the leader that wrote this; gateways ignore a lower one.'),
    attempt: z.int().optional().describe('How many rollouts this resource has begun.'),
    stableRevision: revisionName().optional().describe('The revision that serves, or to go back to.'),
    candidateRevision: revisionName().optional().describe('The revision that is rolled out.'),
    traffic: z
      .array(
        z.strictObject({
          revision: revisionName().describe('Name of the revision.'),
          weight: z.int().min(0).max(100).describe('Percent of calls.'),
        }),
      )
      .max(4)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Which revision gets how many calls.'),
    shadow: z
      .strictObject({
        revision: revisionName().describe('Name of the revision.'),
        weight: z.int().min(0).max(100).describe('Percent of calls that it gets a copy of.'),
      })
      .optional()
      .describe('A revision that answers copies of calls and serves nobody.'),
    step: StepStatus.optional().describe('The step of the rollout under way.'),
    guardrails: listMap(GuardrailStatus, 'name', 16)
      .optional()
      .describe('What each guardrail says of the candidate.'),
    rollback: RollbackStatus.optional().describe('The last rollback.'),
    quarantined: z
      .array(
        z.strictObject({
          revision: revisionName().describe('Name of the revision.'),
          reason: text(1024, 0).describe('Why it stays out.'),
          at: timestamp().describe('When it was taken out.'),
        }),
      )
      .max(10)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Revisions that stay out, newest first.'),
    history: z
      .array(
        z.strictObject({
          revision: revisionName().describe('The revision that was rolled out.'),
          outcome: z.enum(OUTCOMES_OF_ROLLOUT).describe('How it ended.'),
          startedAt: timestamp().describe('When it began.'),
          finishedAt: timestamp().describe('When it ended.'),
        }),
      )
      .max(10)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('Finished rollouts, newest first.'),
    lastAction: z
      .strictObject({
        verb: z.string().max(64).describe('promote, promote-full, abort, retry or rollback-to.'),
        value: text(256, 0).optional().describe('Value of the annotation.'),
        at: timestamp().describe('When it was acted on.'),
        by: text(256, 0).optional().describe('Who asked, as they said it.'),
        reason: text(256, 0).optional().describe('Why, as they said it.'),
        result: text(256, 0).describe('What it did, or why it did nothing.'),
        cleared: z.boolean().optional().describe('Whether the annotation has been seen gone since.'),
      })
      .optional()
      .describe('The last annotation that was acted on.'),
    retryToken: text(256, 0).optional().describe('The spec.rollout.retryToken acted on last.'),
    startedAt: timestamp().optional().describe('When the rollout under way began.'),
    elapsedMs: z
      .int()
      .optional()
      .describe('Time spent in the rollout under way by the clock that cannot jump.'),
    evidence: z
      .string()
      .max(65_536)
      .optional()
      .describe('What the decision engine knows of the rollout under way, packed. Not for people.'),
    conditions: conditions(),
  })
  .describe('What the controller last saw and did. Written by Sluice only.');
export type ReleaseStatus = z.infer<typeof ReleaseStatus>;
