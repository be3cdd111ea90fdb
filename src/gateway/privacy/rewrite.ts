import type { Said } from '../../privacy/find-all.ts';
import { shapeOf } from '../json-shape.ts';
import { rewriteJson } from './json-text.ts';

type Fields = Readonly<Record<string, unknown>>;
/** What stands in place of a text; `name` is what it is called, where it is a caller's own data. */
export type RewriteText = (text: string, name?: string | undefined) => string;

/** Fields whose values only name something, where they look like it: to change them would break the call. */
const NAMES = new Set([
  ...['type', 'role', 'name', 'model', 'signature', 'encrypted_content', 'media_type', 'format', 'file_data'],
  ...['data', 'id', 'call_id', 'tool_call_id', 'tool_use_id', 'item_id', 'file_id', 'response_id'],
  ...['previous_response_id', 'container_id', 'connector_id', 'approval_request_id'],
]);
const NAME = /^[\w+/=:-]+$/;
const FILE = /^data:[\w/+.;=-]*;base64,[\w+/=-]*$/;
/** How the fields of an API are named; what is not named so is the caller's own. */
const FIELD = /^[A-Za-z_]\w*$/;
/** What is a caller's own data down to its numbers and names. */
const DATA = ['metadata', 'variables', 'input', 'arguments'];

/** Where a value stands: the field that holds it, the object that has the field, and whether it is a caller's own data. */
interface Place {
  field: string;
  holder: Fields;
  isData: boolean;
  /** What the value is called, where it is data: the field after the one that its object is in, such as `phone number`. */
  name?: string | undefined;
}

interface Ways {
  by: RewriteText;
  /** What a number becomes for the text in its place. */
  number: (text: string) => string | number;
}

/**
 * A request, in the form of any endpoint, with `by` of each text that may be content: of messages, variables, instructions,
 * input, tools and their arguments, and of whatever else it holds. JSON within a text stays as it is written but for what changes; in it, in
 * metadata and in arguments names and numbers are looked at too, and a number that changes becomes a text. Files in base64 are not looked
 * into. What stays the same is shared.
 */
export function rewriteTexts(body: Record<string, unknown>, by: RewriteText): Record<string, unknown> {
  const place = { field: '', holder: {}, isData: false };
  return rewritten(body, place, { by, number: (text) => text }) as Record<string, unknown>;
}

/** A value likewise, all of which is data: each text, name and number, whatever its fields are called. */
export function rewriteData(value: unknown, by: RewriteText, number: Ways['number']): unknown {
  return rewritten(value, { field: '', holder: {}, isData: true }, { by, number });
}

/** Each text that `rewriteTexts` would hand to its `by`, once for each name. */
export function saidIn(body: Record<string, unknown>): Said[] {
  const all = new Map<string, Said>();
  rewriteTexts(body, (text, name) => {
    all.set(keyOf({ text, name }), { text, name });
    return text;
  });
  return [...all.values()];
}

/** Tells texts apart by what they are and what they are called. */
export const keyOf = ({ text, name = '' }: Said): string => `${name.length} ${name}${text}`;

function rewritten(value: unknown, place: Place, ways: Ways): unknown {
  if (typeof value === 'string') return isName(value, place) ? value : rewriteText(value, place, ways);
  if (typeof value === 'number' && place.isData) return rewriteNumber(value, place, ways);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((each) => rewritten(each, place, ways));
    return items.every((each, at) => each === value[at]) ? value : items;
  }
  const holder = value as Fields;
  let changed = false;
  const entries = Object.entries(holder).map(([field, each]): [string, unknown] => {
    // The input of a response is a list of turns, that of a tool an object of its own.
    const isData = place.isData || (isObject(each) && DATA.includes(field));
    const called = place.isData ? calledIn(holder, field) : field;
    const name = isData ? nameOf(called, place.field) : undefined;
    const next = rewritten(each, { field: called, holder, isData, name }, ways);
    const said = place.isData || !FIELD.test(field) ? ways.by(field) : field;
    changed ||= next !== each || said !== field;
    return [said, next];
  });
  return changed ? Object.fromEntries(entries) : value;
}

function rewriteText(text: string, place: Place, ways: Ways): string {
  if (!isJson(text)) return ways.by(text, place.name);
  const { by, number } = ways;
  return rewriteJson(text, place.isData ? place.field : '', {
    text: (value, field, parent) =>
      rewritten(value, { field, holder: {}, isData: true, name: nameOf(field, parent) }, ways) as string,
    number(written, field, parent) {
      // Digits beyond those that a number holds are only in how it is written.
      const plain = /^-?\d+$/.test(written) ? written : String(Number(written));
      const next = by(plain, nameOf(field, parent));
      return next === plain ? written : number(next);
    },
    name: (field) => by(field),
  });
}

/** What a field is called: the value of what has a name by that, as in `{"name": "password", "value": "…"}`. */
function calledIn({ name, key }: Fields, field: string): string {
  if (field !== 'value') return field;
  return [name, key].find((each) => typeof each === 'string') ?? field;
}

/** What a value is called: `phone` and `number` make `phone number`. */
const nameOf = (field: string, parent: string): string => (parent === '' ? field : `${parent} ${field}`);

/** Whether a text is an object or a list, and none that would take a call's time to read. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text) || shapeOf(Buffer.from(text)).excess !== undefined) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function rewriteNumber(value: number, { name }: Place, { by, number }: Ways): number | string {
  const written = String(value);
  const next = by(written, name);
  return next === written ? value : number(next);
}

function isName(value: string, { field, holder, isData }: Place): boolean {
  if (FILE.test(value)) return true;
  if (isData || !NAMES.has(field) || !NAME.test(value)) return false;
  // Who speaks in a turn is a person's name, what a tool or a schema is called is not.
  if (field === 'name') return !('role' in holder);
  return field !== 'data' || holder.type !== 'text';
}

const isObject = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value);
