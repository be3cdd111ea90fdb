import type { Random } from '../../src/lib/random.ts';

/** What this needs of a CRD's schema. */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  enum?: string[];
  maxLength?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
}

/** Text as users write it into any field, and as nobody should. */
const TEXTS = [
  ...['a', 'fast', 'nowhere', 'UPPER', '', ' ', 'é\u0000', '\u{1f4a5}'.repeat(20), '../../etc/passwd'],
  ...['5%', '0.25%', '101%', '5m', '0s', '1h30m', '99999999999d', '-1m', '0.25', '.9', '1e9', 'NaN'],
  ...['{{product}}', '{{', '{{#each}}', '$(id)', '2026-01-01T00:00:00Z', 'tomorrow', 'http://127.0.0.1:1/v1'],
  ...['file:///etc/passwd', 'http://user:pw@host/', 'up{revision="$revision"}', '(', 'good-0123456789'],
];
/** No empty list: the API server stores one for a `date-time`, and can then patch the object no more. */
const OF_ANOTHER_TYPE = [null, {}, 'text', 7, true];
const NUMBERS = [0, 1, -1, 2, 5, 50, 99, 100, 101, 1_000_000, 2 ** 31, 0.5];

/**
 * A copy of `object` with one to three of its values replaced, removed or added, at places that `schema` names: about
 * half of them by something of the right type. The same for the same random numbers.
 */
export function mutated<T extends object>(object: T, schema: Schema, random: Random): T {
  const copy = structuredClone(object);
  const times = 1 + Math.floor(random() * 3);
  for (let n = 0; n < times; n++) mutate(copy as Record<string, unknown>, schema, random);
  return copy;
}

function mutate(object: Record<string, unknown>, schema: Schema, random: Random): void {
  const names = Object.keys(schema.properties ?? {});
  const name = pick(names, random);
  if (name === undefined) return;
  const below = schema.properties![name]!;
  const value = object[name];
  if (isObject(value) && below.properties !== undefined && random() < 0.8)
    return mutate(value, below, random);
  const item = Array.isArray(value) ? pick(value, random) : undefined;
  if (isObject(item) && below.items?.properties !== undefined && random() < 0.8)
    return mutate(item, below.items, random);
  const how = random();
  if (how < 0.15) delete object[name];
  else object[name] = how < 0.85 ? drawn(below, random) : structuredClone(pick(OF_ANOTHER_TYPE, random));
}

/** A value of the schema's type, which may yet break its bounds, patterns and rules. */
function drawn(schema: Schema, random: Random): unknown {
  if (schema.enum !== undefined && random() < 0.9) return pick(schema.enum, random);
  switch (schema.type) {
    case 'boolean':
      return random() < 0.5;
    case 'integer':
      return Math.trunc(pick([schema.minimum ?? 0, schema.maximum ?? 9, ...NUMBERS], random)!);
    case 'number':
      return pick([schema.minimum ?? 0, schema.maximum ?? 9, ...NUMBERS], random);
    case 'string':
      return random() < 0.05 ? 'x'.repeat((schema.maxLength ?? 64) + 1) : pick(TEXTS, random);
    case 'array': {
      const length = random() < 0.05 ? (schema.maxItems ?? 8) + 1 : Math.floor(random() * 4);
      return Array.from({ length }, () => drawn(schema.items ?? {}, random));
    }
    case 'object':
      return drawnObject(schema, random);
    default:
      return pick<unknown>([...TEXTS, ...NUMBERS, null, {}, [[[]]]], random);
  }
}

function drawnObject({ properties, required = [], additionalProperties }: Schema, random: Random) {
  if (properties === undefined) {
    const values = typeof additionalProperties === 'object' ? additionalProperties : {};
    return Object.fromEntries(['type', 'a', '$ref'].map((key) => [key, drawn(values, random)]));
  }
  const chosen = Object.entries(properties).filter(
    ([name]) => random() < (required.includes(name) ? 0.95 : 0.3),
  );
  return Object.fromEntries(chosen.map(([name, schema]) => [name, drawn(schema, random)]));
}

function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
