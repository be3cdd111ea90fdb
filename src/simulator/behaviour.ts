import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { Rule, type RuleInput } from './rule.ts';

/** What a behaviour file holds. */
export const Behaviour = z.strictObject({
  rules: z
    .array(Rule)
    .min(1)
    .max(1_000)
    .describe('In order: the first whose `match` fits a call answers it.'),
});

const YAML = CORE_SCHEMA.withTags(mergeTag);

/**
 * Checks rules and fills in their defaults.
 * @throws Error naming the field.
 */
export const checkRules = (rules: RuleInput[]): Rule[] => check({ rules }, 'simulator');

/**
 * Reads the text of a behaviour file, YAML or JSON.
 * @param name how errors name the file
 * @throws Error naming the file, the field or line, and what to do.
 */
export function parseBehaviour(text: string, name: string): Rule[] {
  let value: unknown;
  try {
    value = load(text, { schema: YAML });
  } catch (error) {
    if (error instanceof YAMLException) throw new Error(`${name} is no YAML: ${error.message}`);
    throw error;
  }
  return check(value, name);
}

function check(value: unknown, name: string): Rule[] {
  const { data, error } = Behaviour.safeParse(value);
  if (data) return data.rules;
  throw new Error(`${name}: ${error.issues.map((issue) => describeIssue(issue, [])).join('; ')}`);
}

type Issue = z.core.$ZodIssue;

function describeIssue(issue: Issue, above: PropertyKey[]): string {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find(isOfThatShape);
    if (meant) return meant.map((inner) => describeIssue(inner, path)).join('; ');
    return issue.errors.map(([first]) => first && describeIssue(first, path)).join(', or ');
  }
  const field = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  );
  return field ? `${field}: ${issue.message}` : issue.message;
}

/** Whether a branch of a union was meant: the value has its type, and something within is wrong. */
const isOfThatShape = (issues: Issue[]): boolean =>
  issues.some(({ code, path }) => path.length > 0 || code !== 'invalid_type');
