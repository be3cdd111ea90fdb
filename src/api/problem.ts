import type { z } from 'zod';

/** One thing wrong with an object. */
export interface Problem {
  /** Where, as keys and indices from the root of the object. */
  at: readonly PropertyKey[];
  /** The same for people: `spec.rollout.steps[1].weight`; empty for the object as a whole. */
  path: string;
  /** What is wrong and what to do, in one line: `must be at most 100, not 250`. */
  message: string;
}

export const problem = (at: readonly PropertyKey[], message: string): Problem => ({
  at,
  path: pathText(at),
  message,
});

/** Keys and indices as people write them. */
export function pathText(at: readonly PropertyKey[]): string {
  return at.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`;
    const name = String(key);
    if (!/^[\w$-]+$/.test(name)) return `${before}[${JSON.stringify(name)}]`;
    return before === '' ? name : `${before}.${name}`;
  }, '');
}

/** The first problem in one line, with how many more there are. */
export function summaryOf(problems: readonly Problem[]): string {
  const [first] = problems;
  if (first === undefined) return '';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return `${first.path === '' ? '' : `${first.path}: `}${first.message}${more}`;
}

/** What Zod found wrong with `value`, which stands at `base`: one problem a field, in Zod's order. */
export function problemsOf({ issues }: z.ZodError, value: unknown, base: readonly PropertyKey[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const issue of issues) {
    for (const [path, message] of explain(issue, value)) {
      const each = problem([...base, ...path], message);
      if (!found.has(each.path)) found.set(each.path, each);
    }
  }
  return [...found.values()];
}

function explain(issue: z.core.$ZodIssue, root: unknown): [readonly PropertyKey[], string][] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => [[...issue.path, key], 'unknown field: remove it or correct its name']);
  }
  const value = valueAt(root, issue.path);
  return [[issue.path, value === undefined ? 'is required' : fault(issue, value)]];
}

function fault(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${NAMES[issue.expected] ?? issue.expected}, not ${shown(value)}${typeRemedy(issue.expected, value)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}, not ${shown(value)}${caseRemedy(issue.values, value)}`;
    case 'too_small':
      if (issue.origin === 'array') return `must have at least ${entries(issue.minimum)}`;
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}, not ${shown(value)}`;
    case 'too_big':
      if (issue.origin === 'array') return `must have at most ${entries(issue.maximum)}`;
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}, not ${shown(value)}`;
    case 'invalid_format':
      return `${issue.message}, not ${shown(value)}`;
    default:
      return issue.message;
  }
}

const NAMES: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

const entries = (count: number | bigint) => (count === 1 ? 'one entry' : `${count} entries`);

function typeRemedy(expected: string, value: unknown): string {
  if (value === null) return ': give it a value';
  if (expected === 'string' && typeof value !== 'object') return ': put it in quotes';
  const isNumber = expected === 'number' || expected === 'int';
  if (isNumber && typeof value === 'string' && /^[0-9]+$/.test(value)) return ': write it without quotes';
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return ': write it without quotes';
  return '';
}

function caseRemedy(values: readonly unknown[], value: unknown): string {
  const meant = values.find((each) => String(each).toLowerCase() === String(value).toLowerCase());
  return meant === undefined ? '' : `: write ${String(meant)}`;
}

/** A value in one short line: text in quotes, with line breaks escaped. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 50 ? `${text.slice(0, 50)}…` : text;
}

/** What stands at `path` in `root`; undefined where nothing does. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
