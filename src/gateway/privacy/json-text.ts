/** What stands in a text of JSON: each text, number and name of a field. */
export interface JsonParts {
  /** What stands in place of a text; `field` is that of the object it is in, `parent` the one that this object is in. */
  text(value: string, field: string, parent: string): string;
  /** What stands in place of a number, which is given as it is written. */
  number(written: string, field: string, parent: string): string | number;
  /** What stands in place of a field's name. */
  name(field: string): string;
}

/** An object or a list that has begun. */
interface Open {
  isObject: boolean;
  isName: boolean;
  field: string;
  parent: string;
}

const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * A text of JSON with other parts, and all else as it is written: spaces, digits of numbers, and fields that are there
 * twice, of which a parser sees only the last.
 * @param text valid JSON: of anything else it makes anything
 * @param field what the text is itself the value of
 */
export function rewriteJson(text: string, field: string, parts: JsonParts): string {
  const written: string[] = [];
  const open: Open[] = [];
  let top: Open = { isObject: false, isName: false, field, parent: '' };
  let copied = 0;
  const replace = (start: number, end: number, by: string | number) => {
    written.push(text.slice(copied, start), JSON.stringify(by));
    copied = end;
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === '{' || letter === '[') {
      open.push(top);
      const isObject = letter === '{';
      top = isObject ? { isObject, isName: true, field: '', parent: top.field } : { ...top, isObject };
    } else if (letter === '}' || letter === ']') {
      top = open.pop() ?? top;
    } else if (letter === ',') {
      top.isName = top.isObject;
    } else if (letter === ':') {
      top.isName = false;
    } else if (letter === '"') {
      const end = endOfString(text, at);
      const value = JSON.parse(text.slice(at, end)) as string;
      const by = top.isName ? parts.name(value) : parts.text(value, top.field, top.parent);
      if (top.isName) top.field = value;
      if (by !== value) replace(at, end, by);
      at = end - 1;
    } else if (letter === '-' || (letter >= '0' && letter <= '9')) {
      NUMBER.lastIndex = at;
      const [number] = NUMBER.exec(text) ?? [letter];
      const by = parts.number(number, top.field, top.parent);
      if (by !== number) replace(at, at + number.length, by);
      at += number.length - 1;
    }
  }
  return copied === 0 ? text : written.join('') + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
