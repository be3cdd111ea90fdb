import { z } from 'zod';
import { Delay } from './delay.ts';

const rate = () => z.number().min(0).max(1);
const rateField = () => rate().describe('Share of calls, 0 to 1.');

/** A fault with its details, or its rate alone and the details by default. */
function orRate<S extends z.ZodType>(details: S) {
  return z
    .union([rate(), details])
    .transform((given) => details.parse(typeof given === 'number' ? { rate: given } : given));
}

const afterChunks = (text: string) =>
  z
    .int()
    .min(0)
    .max(1_000_000)
    .default(3)
    .describe(
      `Chunks that a stream gives ${text}; 0: not even headers. A plain answer gives half its body, or nothing at 0.`,
    );

const ErrorKind = orRate(
  z.strictObject({
    rate: rateField(),
    status: z.int().min(400).max(599).default(500).describe('HTTP status: 500, 503, 429, 400, …'),
    retryAfter: z.int().min(0).max(86_400).optional().describe('Seconds, sent as Retry-After.'),
  }),
);

const Refusals = orRate(
  z.strictObject({
    rate: rateField(),
    kind: z
      .enum(['field', 'text', 'filtered'])
      .default('field')
      .describe(
        'field: in message.refusal; text: as ordinary content; filtered: cut off with finish_reason content_filter.',
      ),
    text: z.string().min(1).default("I'm sorry, but I can't help with that.").describe('The refusal.'),
  }),
);

const WrongSchema = orRate(
  z.strictObject({
    rate: rateField(),
    answer: z.string().min(1).default('{"unexpected":true}').describe('JSON of another form than asked for.'),
  }),
);

const ToolCalls = orRate(
  z.strictObject({
    rate: rateField(),
    name: z.string().min(1).optional().describe("Name of the function; default: the request's first tool."),
    arguments: z.string().default('{}').describe('Its arguments, as JSON text.'),
  }),
);

const cutOff = (text: string) =>
  orRate(z.strictObject({ rate: rateField(), afterChunks: afterChunks(text) }));

const Usage = z.strictObject({
  multiplier: z.number().min(0).max(1_000).default(1).describe('Factor on every count of tokens.'),
  cached: rate().default(0).describe('Share of the prompt that is told as read from the cache.'),
  cacheCreation: rate()
    .default(0)
    .describe("Share of what was not cached that is told as written to the cache, in Anthropic's dialect."),
  reasoning: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('Reasoning tokens, part of the completion tokens.'),
  missing: z.boolean().default(false).describe('Tell no usage at all.'),
  refuseStreamOptions: z
    .boolean()
    .default(false)
    .describe('Answer 400 to stream_options, as some compatible servers do.'),
});

const Match = z.strictObject({
  model: z.string().min(1).optional().describe('Model asked for; * stands for any text, e.g. gpt-5*.'),
  text: z.string().min(1).optional().describe('Text that some message of the call contains, in this case.'),
});

const FAULTS = [
  'errors',
  'contentFilter',
  'refusals',
  'truncations',
  'brokenJson',
  'wrongSchema',
  'breaks',
  'stalls',
  'errorEvents',
  'hangs',
] as const;

const fields = z.strictObject({
  match: Match.default({}).describe(
    'Calls that the rule is for; empty: all. The first rule that fits is used.',
  ),
  answer: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .transform((answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer)))
    .default('Hello! How can I help you today?')
    .describe('What the model says when nothing goes wrong: text, or an object that is said as JSON.'),
  servedModel: z.string().min(1).optional().describe('Model that answers name; default: the one asked for.'),
  errors: z
    .union([ErrorKind, z.array(ErrorKind).max(20)])
    .transform((errors) => (Array.isArray(errors) ? errors : [errors]))
    .default([])
    .describe('HTTP errors: a rate (of 500), {rate, status, retryAfter}, or a list of those.'),
  contentFilter: rate().default(0).describe('Prompts refused with 400 content_filter, as Azure does.'),
  refusals: Refusals.optional().describe('Answers that refuse: a rate, or {rate, kind, text}.'),
  truncations: rate().default(0).describe('Answers cut off with finish_reason length.'),
  brokenJson: rate().default(0).describe('Answers that break off in mid-JSON, yet say finish_reason stop.'),
  wrongSchema: WrongSchema.optional().describe(
    'Answers that are JSON of another form: a rate, or {rate, answer}.',
  ),
  toolCalls: ToolCalls.optional().describe(
    'Good answers that call a tool, where the request offers any: a rate, or {rate, name, arguments}.',
  ),
  breaks: cutOff('before its connection breaks')
    .optional()
    .describe('Connections that break: a rate, or {rate, afterChunks}.'),
  stalls: cutOff('before it falls silent')
    .optional()
    .describe('Answers that begin and never go on: a rate, or {rate, afterChunks}.'),
  errorEvents: orRate(
    z.strictObject({
      rate: rateField(),
      afterChunks: z.int().min(0).max(1_000_000).default(3).describe('Chunks before the error.'),
    }),
  )
    .optional()
    .describe(
      'Streams of status 200 with an error inside; a plain call gets a 500 in its place. A rate, or {rate, afterChunks}.',
    ),
  hangs: rate().default(0).describe('Calls that never get a byte.'),
  latency: Delay.optional().describe(
    'Time to a plain answer, and to any error, in ms: a number, or {p50, p95}. Default: what firstToken and tokensPerSecond come to.',
  ),
  firstToken: Delay.optional().describe(
    "Time to a stream's first byte, in ms: a number, or {p50, p95}. Default: latency.",
  ),
  tokensPerSecond: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('Pace of a stream. Default: all at once.'),
  usage: Usage.prefault({}).describe('How tokens are counted and told.'),
});

type Fields = z.output<typeof fields>;

const rateOf = (fault: Fields[(typeof FAULTS)[number]]): number => {
  if (Array.isArray(fault)) return fault.reduce((sum, { rate }) => sum + rate, 0);
  return typeof fault === 'object' ? fault.rate : (fault ?? 0);
};

/** How calls of one sort are answered. Faults exclude each other: the rates of one rule add up to 1 at most. */
export const Rule = fields.superRefine((rule, context) => {
  const sum = FAULTS.reduce((total, fault) => total + rateOf(rule[fault]), 0);
  // Ten rates of 0.1 add up to a little less or more than 1.
  if (sum <= 1 + 1e-9) return;
  const message = `its rates of faults add up to ${Number(sum.toFixed(6))}: a call has one at most, so give 1 at most in all`;
  context.addIssue({ code: 'custom', message });
});
export type Rule = z.output<typeof Rule>;
export type RuleInput = z.input<typeof Rule>;
