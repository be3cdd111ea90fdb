import type { z } from 'zod';
import { plainProblem } from './plain.ts';
import { type Problem, problem, problemsOf } from './problem.ts';
import type { Kind, SpecOf } from './resource.ts';
import { SPECS } from './schemas.ts';

/** A spec that satisfies its schema, or all that is wrong with it. */
export type ParsedSpec<K extends Kind> =
  | { spec: SpecOf[K]; problems?: undefined }
  | { spec?: undefined; problems: [Problem, ...Problem[]] };

export interface ParseSpecOptions {
  /**
   * Whether an unknown field is a problem, as it is to `kubectl apply`. Not so for a live object: the API server has
   * pruned it by its own schema, which may be newer than ours; there unknown fields are left out.
   */
  strict: boolean;
}

/** Holds `raw`, the `spec` of an object, to the schema of its kind. Never throws, and leaves `raw` as it is. */
export function parseSpec<K extends Kind>(
  kind: K,
  raw: unknown,
  { strict }: ParseSpecOptions,
): ParsedSpec<K> {
  const impossible = plainProblem(raw, ['spec']);
  if (impossible !== undefined) return { problems: [impossible] };
  const schema: z.ZodType<SpecOf[K]> = SPECS[kind];
  let value = raw;
  for (;;) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { spec: parsed.data };
    const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    // Each round takes something away, so this ends.
    if (!strict && unknown.length > 0) value = without(value, unknown);
    else return { problems: atLeastOne(problemsOf(parsed.error, value, ['spec'])) };
  }
}

function without(value: unknown, issues: z.core.$ZodIssueUnrecognizedKeys[]): unknown {
  const rest = structuredClone(value);
  for (const { path, keys } of issues) {
    let holder = rest as Record<PropertyKey, unknown>;
    for (const step of path) holder = holder[step] as Record<PropertyKey, unknown>;
    for (const key of keys) delete holder[key];
  }
  return rest;
}

function atLeastOne([first, ...others]: Problem[]): [Problem, ...Problem[]] {
  return [first ?? problem(['spec'], 'does not satisfy the schema'), ...others];
}
