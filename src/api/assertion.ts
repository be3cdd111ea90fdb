import { z } from 'zod';
import { text } from './schema.ts';

/** Assertions under promptfoo's names and with its meaning; each may be turned round with `not-`. */
export const ASSERTION_TYPES = [
  'equals',
  'contains',
  'icontains',
  'contains-all',
  'contains-any',
  'icontains-all',
  'icontains-any',
  'starts-with',
  'regex',
  'is-json',
  'contains-json',
  'similar',
  'levenshtein',
  'llm-rubric',
  'factuality',
  'latency',
  'cost',
  'is-refusal',
  'word-count',
  'finish-reason',
  'is-valid-function-call',
  'webhook',
] as const;
export type AssertionType = (typeof ASSERTION_TYPES)[number];

/** Every name that an assertion may have: those above, and each with `not-`. */
export const ASSERTION_NAMES: readonly (AssertionType | `not-${AssertionType}`)[] = ASSERTION_TYPES.flatMap(
  (type) => [type, `not-${type}` as const],
);

export const Assertion = z
  .strictObject({
    type: z
      .enum(ASSERTION_NAMES)
      .describe("What is looked at, under promptfoo's names; not- turns it round."),
    value: z
      .unknown()
      .meta({ 'x-kubernetes-preserve-unknown-fields': true })
      .optional()
      .describe('What the answer is held against: text, a list of texts, a JSON Schema, a rubric, a URL.'),
    threshold: z
      .number()
      .min(0)
      .optional()
      .describe('The least score, the most edits, ms or USD, as the type has it.'),
    weight: z
      .number()
      .min(0)
      .max(1000)
      .optional()
      .describe("Part in the case's score. Default 1; 0 is only shown."),
    metric: text(63).optional().describe('Name under which scores of this assertion are added up.'),
  })
  .describe('Something that an answer is held against.');
export type Assertion = z.infer<typeof Assertion>;
