import { z } from 'zod';
import { TOKEN } from '../lib/http-header.ts';
import { Guardrail } from './guardrail.ts';
import { duration, listMap, percent, reference, text, withRules } from './schema.ts';

const Pause = z.strictObject({
  duration: duration().optional().describe('How long to wait. Omitted: until a promote annotation.'),
});

export const Step = withRules(
  z.strictObject({
    weight: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Share of calls that the candidate gets, in percent.'),
    minDuration: duration().optional().describe('How long the step lasts at least. Default 5m.'),
    minCalls: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .optional()
      .describe('How many calls the candidate must have served in this step. Default 100.'),
    pause: Pause.optional().describe('Wait here at the weight reached, instead of setting a weight.'),
  }),
  [
    {
      cel: 'has(self.weight) != has(self.pause)',
      message: 'a step has either a weight or a pause',
      holds: (step) => (step.weight === undefined) !== (step.pause === undefined),
    },
    {
      cel: '!has(self.pause) || (!has(self.minDuration) && !has(self.minCalls))',
      message: 'minDuration and minCalls belong to a step with a weight',
      holds: (step) =>
        step.pause === undefined || (step.minDuration === undefined && step.minCalls === undefined),
    },
  ],
).describe('One step of a rollout: a weight to serve at, or a pause.');
export type Step = z.infer<typeof Step>;

export const Rollout = withRules(
  z.strictObject({
    strategy: z
      .enum(['Canary', 'ABTest', 'Shadow', 'Immediate'])
      .optional()
      .describe(
        'How traffic moves. Default Canary. Canary: step by step. ABTest: one share, until a promote, an abort or the deadline. Shadow: the candidate answers copies and serves nobody until a promote. Immediate: at once.',
      ),
    steps: z
      .array(Step)
      .min(1)
      .max(32)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('The steps on the way to all calls, in order. Default: 5, 25 and 50 percent.'),
    gates: z
      .array(
        z.strictObject({
          evalSuiteRef: reference().describe('The EvalSuite whose cases the candidate must pass.'),
        }),
      )
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('EvalSuites that the candidate must pass before it serves a call.'),
    guardrails: listMap(Guardrail, 'name', 16)
      .optional()
      .describe(
        'On what the candidate must not be worse than stable. Default: errors, schema failures, refusals, latency, first token, cost and output tokens, each where there is something to measure.',
      ),
    risk: percent()
      .optional()
      .describe('Chance of rolling back a candidate that is not worse, over the whole rollout. Default 5%.'),
    requireProof: z
      .boolean()
      .optional()
      .describe('Promote only once the candidate is shown not to be worse. Default false.'),
    deadline: duration().optional().describe('How long a rollout may take. Default 24h.'),
    onInconclusive: z
      .enum(['Hold', 'Promote', 'Rollback'])
      .optional()
      .describe('What happens at the deadline. Default Hold.'),
    bake: z
      .strictObject({
        duration: duration().optional().describe('How long to watch after the last step.'),
        holdback: z
          .int()
          .min(1)
          .max(50)
          .optional()
          .describe('Percent of calls that stable keeps while baking. Default 5.'),
      })
      .optional()
      .describe('A watch after the last step, with a share of calls held back on stable.'),
    rescue: z
      .boolean()
      .optional()
      .describe('Answer a candidate call that failed before its first byte from stable. Default true.'),
    stickyBy: z
      .strictObject({
        header: z
          .string()
          .max(128)
          .regex(new RegExp(`^${TOKEN}$`), 'must be the name of a header, such as x-user-id')
          .describe('Request header whose value keeps a caller on one revision.'),
      })
      .optional()
      .describe('What keeps a caller on one revision. Omitted: every call is drawn by itself.'),
    rollback: z
      .strictObject({
        mode: z
          .enum(['Auto', 'Pin', 'RevertSpec'])
          .optional()
          .describe(
            'Whether a rollback also reverts the spec. Auto (the default): only where no GitOps tool owns the object.',
          ),
      })
      .optional()
      .describe('What a rollback does beyond moving traffic back to stable.'),
    paused: z
      .boolean()
      .optional()
      .describe('Hold the rollout where it is. A guardrail that fails still rolls back.'),
    retryToken: text(256, 0)
      .optional()
      .describe('Changing it lifts the quarantine of the revision in the spec.'),
  }),
  [
    {
      cel: "!has(self.bake) || !has(self.strategy) || !(self.strategy in ['ABTest', 'Shadow'])",
      message: 'an A/B test and a shadow have no bake: they end by promote, abort or deadline',
      holds: ({ bake, strategy }) => bake === undefined || !(strategy === 'ABTest' || strategy === 'Shadow'),
    },
  ],
).describe('How a new revision takes over from the one it replaces.');
export type Rollout = z.infer<typeof Rollout>;

export const Owner = z
  .strictObject({
    team: text(63).describe('Team that pays and is told.'),
    feature: text(63)
      .optional()
      .describe('Feature that the calls belong to. Default: the name of the resource.'),
  })
  .describe(
    "Whom calls are accounted to. Default: the team of a PromptRelease is its ModelRoute's, that of a ModelRoute the namespace.",
  );
