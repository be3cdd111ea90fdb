import { z } from 'zod';
import { objectName, percent, reference, text, withRules } from './schema.ts';

/** Shares of calls: less is better. */
export const RATE_METRICS = [
  'ErrorRate',
  'RefusalRate',
  'SchemaFailureRate',
  'TruncationRate',
  'NegativeFeedbackRate',
  'ToolErrorRate',
] as const;
export type RateMetric = (typeof RATE_METRICS)[number];

/** Scores of answers, 0 to 1: higher is better. */
export const SCORE_METRICS = ['EvalScore'] as const;
export type ScoreMetric = (typeof SCORE_METRICS)[number];

/** Values of calls: lower is better. */
export const VALUE_METRICS = ['FirstTokenLatency', 'Latency', 'CostPerCall', 'OutputTokens'] as const;
export type ValueMetric = (typeof VALUE_METRICS)[number];

export const METRICS = [...RATE_METRICS, ...SCORE_METRICS, ...VALUE_METRICS] as const;
export type Metric = (typeof METRICS)[number];

const LATENCY_METRICS = ['FirstTokenLatency', 'Latency'] as const satisfies readonly ValueMetric[];

/** What `limit` looks like for each kind of metric; the same patterns for Zod and for the API server. */
const DURATION_LIMIT = '^([0-9]+(ms|s|m|h))+$';
const NUMBER_LIMIT = '^([0-9]*[1-9][0-9]*([.][0-9]+)?|0?[.][0-9]*[1-9][0-9]*)$';
const SHARE_LIMIT = '^[0-9]{1,2}([.][0-9]+)?%$';
const SCORE_LIMIT = '^0?[.][0-9]+$';

function celList(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

/** Whether a metric is one of these; none is not. */
export function isOneOf<M extends string>(metrics: readonly M[], metric: string | undefined): metric is M {
  return (metrics as readonly (string | undefined)[]).includes(metric);
}

/** Whether a metric is a time, in ms. */
export function isLatency(metric: string): boolean {
  return isOneOf(LATENCY_METRICS, metric);
}

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
    evalSuiteRef: reference()
      .optional()
      .describe(
        'For EvalScore: the EvalSuite whose live scores are meant. Omitted: scores that callers gave.',
      ),
    slice: objectName(63)
      .optional()
      .describe("Only calls of this slice, one of the suite's spec.live.slices."),
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
        limit === undefined || !isOneOf(LATENCY_METRICS, metric) || new RegExp(DURATION_LIMIT).test(limit),
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
        !(metric === undefined ? prometheus?.bad !== undefined : isOneOf(RATE_METRICS, metric)) ||
        new RegExp(SHARE_LIMIT).test(limit),
    },
    {
      cel: `!has(self.limit) || !has(self.metric) || self.metric != 'EvalScore' || self.limit.matches('${SCORE_LIMIT}')`,
      message: 'the limit of a score is the lowest mean that is allowed, between 0 and 1, such as 0.8',
      holds: ({ metric, limit }) =>
        limit === undefined || metric !== 'EvalScore' || new RegExp(SCORE_LIMIT).test(limit),
    },
    {
      cel: "!has(self.evalSuiteRef) || has(self.metric) && self.metric == 'EvalScore'",
      message: 'only EvalScore has an evalSuiteRef',
      holds: ({ metric, evalSuiteRef }) => evalSuiteRef === undefined || metric === 'EvalScore',
    },
    {
      cel: '!has(self.slice) || has(self.evalSuiteRef)',
      message: 'a slice is one of a suite: name it in evalSuiteRef',
      holds: ({ slice, evalSuiteRef }) => slice === undefined || evalSuiteRef !== undefined,
    },
    {
      cel: `!has(self.tolerance) || !has(self.tolerance.absolute) || !(has(self.metric) ? self.metric in ${celList(VALUE_METRICS)} : has(self.prometheus) && has(self.prometheus.histogram))`,
      message: 'latency, cost, tokens and histograms have a relative tolerance only',
      holds: ({ metric, prometheus, tolerance }) =>
        tolerance?.absolute === undefined ||
        !(metric === undefined ? prometheus?.histogram !== undefined : isOneOf(VALUE_METRICS, metric)),
    },
  ],
).describe('A metric on which the candidate must not be worse than stable.');
export type Guardrail = z.infer<typeof Guardrail>;

/** A guardrail on what a suite scores answers to live calls at. */
export type SuiteGuardrail = Guardrail & { evalSuiteRef: { name: string } };

/** Those of a rollout's guardrails that are held against live scores of suites. */
export const suiteGuardrails = (guardrails: readonly Guardrail[] = []): SuiteGuardrail[] =>
  guardrails.filter((each): each is SuiteGuardrail => each.evalSuiteRef !== undefined);

/** What scores of a suite, or of one slice of it, are counted under. */
export const scoreKey = (suite: string, slice?: string): string =>
  slice === undefined ? suite : `${suite}/${slice}`;
