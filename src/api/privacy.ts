import { z } from 'zod';
import { parseDuration } from '../lib/duration.ts';
import { linearPattern } from '../lib/linear-pattern.ts';
import { messageOf } from '../lib/log.ts';
import { type Problem, problem } from './problem.ts';
import { duration, listMap, setOf, text, withRules } from './schema.ts';

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

const Presidio = z
  .strictObject({
    url: z
      .string()
      .max(2048)
      .regex(
        /^https?:\/\/[A-Za-z0-9._:[\]-]+(\/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?$/,
        'must be an http(s) URL without credentials, query or fragment, such as http://presidio-analyzer:3000',
      )
      .describe('Where it is; …/analyze under it is asked.'),
    entities: setOf(kindName(), 32, 1).describe('What it is asked for, by its own names, e.g. PERSON.'),
    language: z
      .string()
      .max(8)
      .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'must be a language such as en')
      .optional()
      .describe('The language of the texts. Default en.'),
    minScore: z
      .string()
      .max(8)
      .regex(/^(0?\.[0-9]+|1(\.0+)?)$/, 'must be a score such as 0.5')
      .optional()
      .describe('Least score of a find. Default: what the analyzer finds.'),
    timeout: duration()
      .optional()
      .describe('Longest wait for an answer, 30s at most; without one nothing is sent. Default 1s.'),
  })
  .describe('A Presidio analyzer that is asked as well.');

const LONGEST_TIMEOUT_MS = 30_000;

export const Privacy = z
  .strictObject({
    redact: setOf(z.enum(PRIVATE_KINDS), 16)
      .optional()
      .describe('What is looked for in a call before it leaves.'),
    patterns: listMap(Pattern, 'name', 16).optional().describe('What else is looked for.'),
    presidio: Presidio.optional(),
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

/** What no schema can say: patterns that are none, and waits that are too long. */
export function checkPrivacy({ patterns = [], presidio }: Privacy): Problem[] {
  const { timeout } = presidio ?? {};
  const tooLong = timeout !== undefined && parseDuration(timeout) > LONGEST_TIMEOUT_MS;
  const wait = problem(['spec', 'privacy', 'presidio', 'timeout'], `must be at most 30s, not ${timeout}`);
  return [...patternProblems(patterns), ...(tooLong ? [wait] : [])];
}

function patternProblems(patterns: NonNullable<Privacy['patterns']>): Problem[] {
  return patterns.flatMap(({ regex }, at) => {
    try {
      linearPattern(regex);
      return [];
    } catch (error) {
      return [problem(['spec', 'privacy', 'patterns', at, 'regex'], messageOf(error))];
    }
  });
}
