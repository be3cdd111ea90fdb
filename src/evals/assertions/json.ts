import type { ValidateFunction } from 'ajv';
import { load } from 'js-yaml';
import { compileSchema } from '../../api/template.ts';
import { CannotTell, type Check } from './check.ts';

/** What a text says as JSON; undefined where it is none. */
export function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** JSON and nothing else, of the schema given. */
export const isJson: Check = ({ value, answer }) => {
  const satisfies = schemaOf(value);
  const claim = satisfies === undefined ? 'is JSON' : 'is JSON that satisfies the schema';
  const json = parsed(answer.text);
  if (json === undefined) return { holds: false, claim, because: 'it is no JSON' };
  const because = satisfies && problemOf(satisfies, json.value);
  return { holds: because === undefined, claim, ...(because !== undefined && { because }) };
};

/** An object or a list of JSON somewhere in the text, of the schema given. */
export const containsJson: Check = ({ value, answer }) => {
  const satisfies = schemaOf(value);
  const claim = satisfies === undefined ? 'contains JSON' : 'contains JSON that satisfies the schema';
  let because = 'there is none';
  for (const found of jsonIn(answer.text)) {
    const problem = satisfies && problemOf(satisfies, found);
    if (problem === undefined) return { holds: true, claim };
    because = problem;
  }
  return { holds: false, claim, because };
};

/** A schema as an object, or as YAML or JSON in a text. */
function schemaOf(value: unknown): ValidateFunction | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  try {
    const schema = typeof value === 'string' ? load(value) : value;
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw new Error('it is no object');
    return compileSchema(schema as Record<string, unknown>, { useDefaults: false });
  } catch (error) {
    throw new CannotTell(`value is no JSON Schema: ${(error as Error).message}`);
  }
}

/** Why a value does not satisfy a schema; undefined where it does. */
function problemOf(satisfies: ValidateFunction, value: unknown): string | undefined {
  try {
    if (satisfies(value)) return undefined;
  } catch (error) {
    // A schema that names itself goes as deep as the answer does.
    if (error instanceof RangeError) return 'it is nested too deep';
    throw error;
  }
  const [first] = satisfies.errors ?? [];
  return first === undefined
    ? 'it does not'
    : `${first.instancePath || 'the whole'} ${first.message ?? 'is wrong'}`;
}

/** Most openings that are tried: what never closes would else be read to its end again and again. */
const MOST_TRIED = 200;

/** The objects and lists of JSON in a text, outermost first. */
function* jsonIn(text: string): Generator<unknown> {
  let tried = 0;
  for (let at = 0; at < text.length && tried < MOST_TRIED; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    tried++;
    const end = closing(text, at);
    if (end === undefined) continue;
    const json = parsed(text.slice(at, end + 1));
    if (json === undefined) continue;
    yield json.value;
    at = end;
  }
}

/** Where what opens at `from` closes again, by brackets outside of strings. */
function closing(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === '\\') at++;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') {
      depth--;
      if (depth === 0) return at;
    }
  }
  return undefined;
}
