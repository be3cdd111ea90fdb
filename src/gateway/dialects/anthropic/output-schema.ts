import { wordOf } from '../json.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Formats of text that Anthropic's structured outputs know. */
const FORMATS = 'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' ');
const KEPT = ['$ref', 'type', 'enum', 'const', 'description', 'title', 'required'];
const OF_SCHEMAS = ['properties', '$defs', 'definitions'];
const LISTS = { anyOf: 'anyOf', oneOf: 'anyOf', allOf: 'allOf' } as const;
const made = new WeakMap<Schema, Schema>();

/**
 * A revision's response schema as Anthropic's structured outputs take it: a bound that they refuse is left out, since the
 * whole schema is what the answer is held against, and objects are closed, as they want them.
 */
export function outputSchema(schema: Schema): Schema {
  const known = made.get(schema) ?? within(schema);
  made.set(schema, known);
  return known;
}

function within(schema: Schema): Schema {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (KEPT.includes(key)) kept[key] = value;
    else if (OF_SCHEMAS.includes(key) && isObject(value)) kept[key] = mapped(value);
    else if (key === 'items' && isObject(value)) kept[key] = within(value);
    else if (key in LISTS && Array.isArray(value))
      kept[LISTS[key as keyof typeof LISTS]] = value.filter(isObject).map(within);
    else if (key === 'format' && FORMATS.includes(wordOf(value))) kept[key] = value;
    else if (key === 'minItems' && (value === 0 || value === 1)) kept[key] = value;
  }
  if (schema.type === 'object' || isObject(schema.properties)) kept.additionalProperties = false;
  return kept;
}

function mapped(schemas: Schema): Schema {
  const entries = Object.entries(schemas).filter((entry): entry is [string, Schema] => isObject(entry[1]));
  return Object.fromEntries(entries.map(([name, schema]) => [name, within(schema)]));
}

function isObject(value: unknown): value is Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
