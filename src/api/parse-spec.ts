import type { z } from 'zod';
import { plainProblem } from './plain.ts';
import { type Problem, problem, problemsOf, valueAt } from './problem.ts';
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

/**
 * Holds `raw`, the `spec` of an object, to the schema of its kind. A field that is null counts as left out, as the API
 * server has it. Never throws, and leaves `raw` as it is.
 */
export function parseSpec<K extends Kind>(
  kind: K,
  raw: unknown,
  { strict }: ParseSpecOptions,
): ParsedSpec<K> {
  const impossible = plainProblem(raw, ['spec']);
  if (impossible !== undefined) return { problems: [impossible] };
  const schema: z.ZodType<SpecOf[K]> = SPECS[kind];
  let value: unknown = raw ?? undefined;
  for (;;) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { spec: parsed.data };
    const superfluous = parsed.error.issues.flatMap((issue) => fieldsToDrop(issue, value, strict));
    if (superfluous.length === 0) return { problems: atLeastOne(problemsOf(parsed.error, value, ['spec'])) };
    // Each round takes something away, so this ends.
    value = without(value, superfluous);
  }
}

type Path = readonly PropertyKey[];

function fieldsToDrop(issue: z.core.$ZodIssue, value: unknown, strict: boolean): Path[] {
  if (issue.code === 'unrecognized_keys') return strict ? [] : issue.keys.map((key) => [...issue.path, key]);
  const isField = typeof issue.path.at(-1) === 'string';
  return isField && valueAt(value, issue.path) === null ? [issue.path] : [];
}

function without(value: unknown, paths: Path[]): unknown {
  const rest = structuredClone(value);
  for (const path of paths) {
    const holder = valueAt(rest, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    delete holder[path.at(-1)!];
  }
  return rest;
}

function atLeastOne([first, ...others]: Problem[]): [Problem, ...Problem[]] {
  return [first ?? problem(['spec'], 'does not satisfy the schema'), ...others];
}
