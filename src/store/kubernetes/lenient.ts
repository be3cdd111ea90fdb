import type { z } from 'zod';

/**
 * As much of `value` as satisfies `schema`: fields it does not know and fields of another shape are left out. Undefined
 * where nothing can be made of it. For what another version of this program wrote: forgetting all of a status for one
 * strange field in it would forget what serves.
 */
export function lenient<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const rest = structuredClone(value) as Record<string, unknown>;
  let issues = first.error.issues;
  // Each round takes something away, so this ends.
  while (issues.length > 0) {
    let smaller = false;
    for (const issue of issues) smaller = takeOut(rest, issue) || smaller;
    if (!smaller) return undefined;
    const next = schema.safeParse(rest);
    if (next.success) return next.data;
    issues = next.error.issues;
  }
  return undefined;
}

/** Takes out unknown keys where they are, and anything else that is wrong with its whole top-level field. */
function takeOut(root: Record<string, unknown>, issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'unrecognized_keys') {
    const [field] = issue.path;
    return field !== undefined && String(field) in root && delete root[String(field)];
  }
  let holder: unknown = root;
  for (const step of issue.path) holder = (holder as Record<PropertyKey, unknown> | undefined)?.[step];
  if (typeof holder !== 'object' || holder === null) return false;
  for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
  return true;
}
