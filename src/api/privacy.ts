import { z } from 'zod';
import { linearPattern } from '../lib/linear-pattern.ts';
import { messageOf } from '../lib/log.ts';
import { type Problem, problem } from './problem.ts';
import { listMap, setOf, text, withRules } from './schema.ts';

/** What can be looked for without being told how. */
export const PRIVATE_KINDS = ['EMAIL', 'PHONE', 'CARD', 'IBAN', 'IP', 'SSN', 'API_KEY'] as const;

/** A kind as marks and placeholders have it; `[CUSTOMER_ID_1]` for one. */
const kindName = () =>
  z
    .string()
    .max(40)
    .regex(/^[A-Z][A-Z0-9_]*$/, 'must be capital letters, digits and underscores, such as CUSTOMER_ID');

const Pattern = withRules(
  z
    .strictObject({
      name: kindName().describe('What it is called: in placeholders, metrics and refusals.'),
      regex: text(500).describe('A regular expression (RE2): without look-around and back-references.'),
    })
    .describe('Something else to look for.'),
  [
    {
      cel: `!(self.name in [${PRIVATE_KINDS.map((kind) => `'${kind}'`).join(', ')}])`,
      message: 'the name is taken by a kind of redact: give it one of its own',
      holds: ({ name }) => !(PRIVATE_KINDS as readonly string[]).includes(name),
    },
  ],
);

export const Privacy = z
  .strictObject({
    redact: setOf(z.enum(PRIVATE_KINDS), 16)
      .optional()
      .describe('What is looked for in a call before it leaves.'),
    patterns: listMap(Pattern, 'name', 16).optional().describe('What else is looked for.'),
    action: z
      .enum(['Redact', 'Block', 'Count'])
      .optional()
      .describe(
        'What becomes of a call that has it: Redact sends placeholders and puts it back into the answer, Block answers 400, Count sends it as it is and counts. Default Redact.',
      ),
    logContent: z
      .enum(['None', 'Hash', 'Redacted', 'Full'])
      .optional()
      .describe('What of a call is logged. Default Hash.'),
    require: z
      .strictObject({
        training: z.boolean().optional().describe('false: only providers that do not train on calls.'),
        selfHosted: z.boolean().optional().describe('true: only self-hosted providers.'),
        regions: setOf(text(63), 16).optional().describe('Only providers in one of these regions.'),
      })
      .optional()
      .describe("What a provider's dataPolicy must grant, before a rollout and at every call."),
  })
  .describe('What may leave, what is logged, and which providers may be called.');
export type Privacy = z.infer<typeof Privacy>;

/** What no schema can say: patterns that are none. */
export function checkPrivacy({ patterns = [] }: Privacy): Problem[] {
  return patterns.flatMap(({ regex }, at) => {
    try {
      linearPattern(regex);
      return [];
    } catch (error) {
      return [problem(['spec', 'privacy', 'patterns', at, 'regex'], messageOf(error))];
    }
  });
}
