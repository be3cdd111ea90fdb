import { z } from 'zod';

/**
 * A rule that holds across the fields of one object, said once: checked by Zod in standalone mode and by the API
 * server as CEL (`x-kubernetes-validations`). Both must say the same; `test/corpus` holds them to it.
 */
export interface Rule<T> {
  /** CEL over `self`. */
  cel: string;
  /** What is wrong and what to do, shown by both. */
  message: string;
  /** The same rule in TypeScript. */
  holds: (value: T) => boolean;
}

/** Adds `rules` to an object schema, for Zod and for the generated CRD alike. */
export function withRules<S extends z.ZodType>(schema: S, rules: Rule<z.output<S>>[]): S {
  const meta = schema.meta() ?? {};
  let ruled: z.ZodType = schema;
  for (const { holds, message } of rules) {
    ruled = ruled.refine((value) => holds(value as z.output<S>), { message });
  }
  return ruled.meta({
    ...meta,
    'x-kubernetes-validations': rules.map(({ cel, message }) => ({ rule: cel, message })),
  }) as S;
}

/** A list of named things: `x-kubernetes-list-type: map` keyed by `key`; Zod refuses a key said twice. */
export function listMap<S extends z.ZodType>(item: S, key: string, max: number, min = 0) {
  const list = z.array(item).max(max);
  return distinct(min > 0 ? list.min(min) : list, (each) => (each as Record<string, unknown>)[key], key).meta(
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] },
  );
}

/** A list of scalars in which each is said once: `x-kubernetes-list-type: set`. */
export function setOf<S extends z.ZodType>(item: S, max: number, min = 0) {
  const list = z.array(item).max(max);
  return distinct(min > 0 ? list.min(min) : list, (each) => each, 'value').meta({
    'x-kubernetes-list-type': 'set',
  });
}

/** Reports the later of two equal entries, as the API server does. */
function distinct<S extends z.ZodType>(list: S, identity: (item: unknown) => unknown, what: string): S {
  return list.superRefine((items, context) => {
    const seen = new Set<unknown>();
    for (const [index, item] of (items as unknown[]).entries()) {
      const id = identity(item);
      if (seen.has(id)) {
        const message = `is there twice: ${what} ${JSON.stringify(id)} must be said once`;
        context.addIssue({ code: 'custom', path: [index], message });
      }
      seen.add(id);
    }
  });
}

/** An object whose content is the user's own (a JSON Schema, a provider's parameters): kept as it is. */
export const freeform = () =>
  z.record(z.string(), z.unknown()).meta({ 'x-kubernetes-preserve-unknown-fields': true });

/** Text of `min` to `max` characters, counted as the API server counts them: code points, not UTF-16 units. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .superRefine((value, context) => {
      const length = value.length <= max ? value.length : [...value.slice(0, 2 * max + 1)].length;
      if (length > max) context.addIssue({ code: 'custom', message: `must have at most ${max} characters` });
      if (value.length < min) context.addIssue({ code: 'custom', message: 'must not be empty' });
    })
    .meta({ maxLength: max, ...(min > 0 && { minLength: min }) });

/** The name of another object in the same namespace: an RFC 1123 subdomain. */
export const objectName = (max = 253) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
      'must be a lower-case RFC 1123 name such as my-name',
    );

export const reference = () =>
  z.strictObject({ name: objectName().describe('Name of an object in the same namespace.') });

/** A duration as `90s`, `5m`, `1h30m`, `30d`. See `lib/duration.ts` for reading it. */
export const duration = () =>
  z
    .string()
    .max(32)
    .regex(/^([0-9]+(ms|s|m|h|d))+$/, 'must be a duration such as 90s, 5m or 1h30m');

/** A percentage as a string, `5%` or `0.25%`. See `lib/percent.ts`. */
export const percent = () =>
  z
    .string()
    .max(16)
    .regex(/^[0-9]+(\.[0-9]+)?%$/, 'must be a percentage such as 5% or 0.25%');

/** An exact decimal number as a string, for money. */
export const decimal = () =>
  z
    .string()
    .max(24)
    .regex(/^[0-9]+(\.[0-9]+)?$/, 'must be a decimal number such as 0.25');

/** A moment in RFC 3339. */
export const timestamp = () => z.string().max(40).meta({ format: 'date-time' });

/** The name of a revision: the resource's name and ten hex digits. */
export const revisionName = () => z.string().max(64);
