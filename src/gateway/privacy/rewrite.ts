import { shapeOf } from '../json-shape.ts';

type Fields = Readonly<Record<string, unknown>>;
export type RewriteText = (text: string) => string;

/** Fields whose values only name something, where they look like it: to change them would break the call. */
const NAMES =
  /^(?:type|role|name|model|id|\w+_id|signature|encrypted_content|media_type|format|file_data|data)$/;
const NAME = /^[\w+/=:-]+$/;
const FILE = /^data:[\w/+.;=-]*;base64,[\w+/=-]*$/;
/** How the fields of an API are named; what is not named so is the caller's own. */
const FIELD = /^[A-Za-z_]\w*$/;
/** What is a caller's own data down to its numbers and names. */
const DATA = ['metadata', 'variables', 'input', 'arguments'];

/**
 * A request, in the form of any endpoint, with `by` of each text that may be content: of messages, variables, instructions,
 * input, tools and their arguments, and of whatever else it holds. JSON within a text stays JSON; in it, in metadata and in
 * arguments names and numbers are looked at too, and a number that changes becomes a text. Files in base64 are not looked
 * into. What stays the same is shared.
 */
export function rewriteTexts(body: Record<string, unknown>, by: RewriteText): Record<string, unknown> {
  return rewritten(body, '', {}, false, by) as Record<string, unknown>;
}

/** Each text that `rewriteTexts` would hand to its `by`, once. */
export function textsIn(body: Record<string, unknown>): string[] {
  const texts = new Set<string>();
  rewriteTexts(body, (text) => {
    texts.add(text);
    return text;
  });
  return [...texts];
}

function rewritten(value: unknown, name: string, holder: Fields, isData: boolean, by: RewriteText): unknown {
  if (typeof value === 'string') return isName(name, value, holder, isData) ? value : rewriteText(value, by);
  if (typeof value === 'number' && isData) return rewriteNumber(value, by);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((each) => rewritten(each, name, holder, isData, by));
    return items.every((each, at) => each === value[at]) ? value : items;
  }
  const fields = value as Fields;
  let changed = false;
  const entries = Object.entries(fields).map(([key, each]): [string, unknown] => {
    // The input of a response is a list of turns, that of a tool an object of its own.
    const inData = isData || (isObject(each) && DATA.includes(key));
    const next = rewritten(each, key, fields, inData, by);
    const said = isData || !FIELD.test(key) ? by(key) : key;
    changed ||= next !== each || said !== key;
    return [said, next];
  });
  return changed ? Object.fromEntries(entries) : value;
}

function rewriteText(text: string, by: RewriteText): string {
  const value = jsonIn(text);
  if (value === undefined) return by(text);
  const next = rewritten(value, '', {}, true, by);
  return next === value ? text : JSON.stringify(next);
}

/** Undefined where a text is no object and no list, or one that would take a call's time to read. */
function jsonIn(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text) || shapeOf(Buffer.from(text)).excess !== undefined) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function rewriteNumber(value: number, by: RewriteText): number | string {
  const written = String(value);
  const next = by(written);
  return next === written ? value : next;
}

function isName(name: string, value: string, { type }: Fields, isData: boolean): boolean {
  if (FILE.test(value)) return true;
  if (isData || !NAMES.test(name) || !NAME.test(value)) return false;
  return name !== 'data' || type !== 'text';
}

const isObject = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value);
