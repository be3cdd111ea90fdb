import { type Problem, problem } from './problem.ts';

/** Most that one object may hold, in bytes: what the API server's store takes is little more. */
export const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 100;

/**
 * What keeps a value from being plain JSON of a reasonable size: a key that reaches the prototype, a number that JSON
 * does not have, too deep a nesting, or too much of it, counted as JSON (a few YAML aliases may stand for gigabytes).
 */
export function plainProblem(value: unknown, base: readonly PropertyKey[]): Problem | undefined {
  let room = MAX_BYTES;

  function look(each: unknown, at: readonly PropertyKey[]): Problem | undefined {
    room -= typeof each === 'string' ? each.length : 1;
    if (room < 0) return problem(base, `holds more than ${MAX_BYTES / 1024} KiB: split it up`);
    if (typeof each === 'number' && !Number.isFinite(each)) return problem(at, `must be a finite number`);
    if (typeof each !== 'object' || each === null) return undefined;
    if (at.length > MAX_DEPTH) return problem(base, `is nested more than ${MAX_DEPTH} levels deep`);
    for (const [key, child] of Object.entries(each)) {
      room -= key.length;
      const step = Array.isArray(each) ? Number(key) : key;
      if (step === '__proto__') return problem([...at, step], 'unknown field: this name is not allowed');
      const found = look(child, [...at, step]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return look(value, base);
}
