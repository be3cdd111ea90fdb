import { z } from 'zod';
import { duration, listMap, objectName, percent, reference, text, withRules } from './schema.ts';

export const METRICS = [
  'ErrorRate',
  'RefusalRate',
  'SchemaFailureRate',
  'TruncationRate',
  'NegativeFeedbackRate',
  'ToolErrorRate',
  'EvalScore',
  'FirstTokenLatency',
  'Latency',
  'CostPerCall',
  'OutputTokens',
] as const;
export type Metric = (typeof METRICS)[number];

/** Shares of calls: less is better. */
export const RATE_METRICS = [
  'ErrorRate',
  'RefusalRate',
  'SchemaFailureRate',
  'TruncationRate',
  'NegativeFeedbackRate',
  'ToolErrorRate',
] as const satisfies readonly Metric[];
export type RateMetric = (typeof RATE_METRICS)[number];

/** Values of calls: lower is better. */
export const VALUE_METRICS = [
  'FirstTokenLatency',
  'Latency',
  'CostPerCall',
  'OutputTokens',
] as const satisfies readonly Metric[];
export type ValueMetric = (typeof VALUE_METRICS)[number];

/** Scores of answers, 0 to 1: higher is better. */
export const SCORE_METRICS = ['EvalScore'] as const satisfies readonly Metric[];
export type ScoreMetric = (typeof SCORE_METRICS)[number];

const LATENCY_METRICS = ['FirstTokenLatency', 'Latency'] as const satisfies readonly ValueMetric[];

/** What `limit` looks like for each kind of metric; the same patterns for Zod and for the API server. */
const DURATION_LIMIT = '^([0-9]+(ms|s|m|h))+$';
const NUMBER_LIMIT = '^([0-9]*[1-9][0-9]*([.][0-9]+)?|0?[.][0-9]*[1-9][0-9]*)$';
const SHARE_LIMIT = '^[0-9]{1,2}([.][0-9]+)?%$';
const SCORE_LIMIT = '^0?[.][0-9]+$';

function celList(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

function isIn(metrics: readonly Metric[], metric: Metric | undefined): boolean {
  return metric !== undefined && metrics.includes(metric);
}

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

const Tolerance = z
  .strictObject({
    relative: percent()
      .optional()
      .describe("Part of stable's value that the candidate may be worse by, e.g. 25%."),
    absolute: percent().optional().describe('Points that the candidate may be worse by on top, e.g. 0.25%.'),
  })
  .describe('How much worse than stable is still tolerated. Both parts add up.');

export const Guardrail = withRules(
  z.strictObject({
    name: objectName(63).describe('Name of the guardrail, unique in the list.'),
    metric: z.enum(METRICS).optional().describe('A metric that Sluice measures itself.'),
    prometheus: withRules(
      z.strictObject({
        bad: text(4096)
          .optional()
          .describe('PromQL of a cumulative counter of bad calls; "$revision" stands for the revision.'),
        total: text(4096).optional().describe('PromQL of a cumulative counter of all calls.'),
        histogram: text(4096)
          .optional()
          .describe(
            'Instead of both: PromQL of a cumulative histogram of which less is better, classic (by le) or native.',
          ),
      }),
      [
        {
          cel: 'has(self.bad) == has(self.total) && has(self.bad) != has(self.histogram)',
          message: 'prometheus has either bad and total, or histogram',
          holds: ({ bad, total, histogram }) =>
            (bad === undefined) === (total === undefined) &&
            (bad === undefined) !== (histogram === undefined),
        },
      ],
    )
      .optional()
      .describe('Cumulative counters or a histogram in Prometheus, by revision.'),
    tolerance: Tolerance.optional(),
    limit: text(32)
      .optional()
      .describe(
        'An absolute limit as well, whatever stable is like: a percentage of bad calls, the lowest mean score, a duration that 95 of 100 calls keep, the mean cost in USD or tokens of a call.',
      ),
    action: z
      .enum(['Rollback', 'Pause', 'Notify'])
      .optional()
      .describe('What a Fail does. Default Rollback.'),
  }),
  [
    {
      cel: 'has(self.metric) != has(self.prometheus)',
      message: 'a guardrail has either a metric or prometheus queries',
      holds: (guardrail) => (guardrail.metric === undefined) !== (guardrail.prometheus === undefined),
    },
    {
      cel: `!has(self.limit) || !has(self.metric) || !(self.metric in ${celList(LATENCY_METRICS)}) || self.limit.matches('${DURATION_LIMIT}')`,
      message: 'the limit of a latency is a duration such as 800ms or 3s',
      holds: ({ metric, limit }) =>
        limit === undefined || !isIn(LATENCY_METRICS, metric) || new RegExp(DURATION_LIMIT).test(limit),
    },
    {
      cel: `!has(self.limit) || !(has(self.metric) ? self.metric in ['CostPerCall', 'OutputTokens'] : has(self.prometheus) && has(self.prometheus.histogram)) || self.limit.matches('${NUMBER_LIMIT}')`,
      message: 'the limit of a cost, of tokens or of a histogram is a number above 0',
      holds: ({ metric, prometheus, limit }) =>
        limit === undefined ||
        !(metric === undefined
          ? prometheus?.histogram !== undefined
          : metric === 'CostPerCall' || metric === 'OutputTokens') ||
        new RegExp(NUMBER_LIMIT).test(limit),
    },
    {
      cel: `!has(self.limit) || !(has(self.metric) ? self.metric in ${celList(RATE_METRICS)} : has(self.prometheus) && has(self.prometheus.bad)) || self.limit.matches('${SHARE_LIMIT}')`,
      message: 'the limit of a rate is a percentage below 100% such as 5%',
      holds: ({ metric, prometheus, limit }) =>
        limit === undefined ||
        !(metric === undefined ? prometheus?.bad !== undefined : isIn(RATE_METRICS, metric)) ||
        new RegExp(SHARE_LIMIT).test(limit),
    },
    {
      cel: `!has(self.limit) || !has(self.metric) || self.metric != 'EvalScore' || self.limit.matches('${SCORE_LIMIT}')`,
      message: 'the limit of a score is the lowest mean that is allowed, between 0 and 1, such as 0.8',
      holds: ({ metric, limit }) =>
        limit === undefined || metric !== 'EvalScore' || new RegExp(SCORE_LIMIT).test(limit),
    },
    {
      cel: `!has(self.tolerance) || !has(self.tolerance.absolute) || !(has(self.metric) ? self.metric in ${celList(VALUE_METRICS)} : has(self.prometheus) && has(self.prometheus.histogram))`,
      message: 'latency, cost, tokens and histograms have a relative tolerance only',
      holds: ({ metric, prometheus, tolerance }) =>
        tolerance?.absolute === undefined ||
        !(metric === undefined ? prometheus?.histogram !== undefined : isIn(VALUE_METRICS, metric)),
    },
  ],
).describe('A metric on which the candidate must not be worse than stable.');
export type Guardrail = z.infer<typeof Guardrail>;

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
        header: text(128).describe('Request header whose value keeps a caller on one revision.'),
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
    feature: text(63).optional().describe('Feature that the calls belong to.'),
  })
  .describe('Whom calls are accounted to.');
