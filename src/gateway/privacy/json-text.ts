/** What stands in a text of JSON: each text, number and name of a field. */
export interface JsonParts {
  /** What stands in place of a text; `field` is what it is called in its object, `parent` what this object is called. */
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
  /** The object's own, from 0 on in the order in which they begin; a list has that of the object around it. */
  id: number;
}

const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * A text of JSON with other parts, and all else as it is written: spaces, digits of numbers, and fields that are there
 * twice, of which a parser sees only the last. The `value` of an object that has a name is called by it.
 * @param text valid JSON: of anything else it makes anything
 * @param field what the text is itself the value of
 */
export function rewriteJson(text: string, field: string, parts: JsonParts): string {
  const written: string[] = [];
  let copied = 0;
  const replace = (start: number, end: number, by: string | number) => {
    written.push(text.slice(copied, start), JSON.stringify(by));
    copied = end;
  };
  walk(text, field, text.includes('"value"') ? namesIn(text) : [], {
    string(value, start, end, { isName, field, parent }) {
      const by = isName ? parts.name(value) : parts.text(value, field, parent);
      if (by !== value) replace(start, end, by);
    },
    number(number, start, { field, parent }) {
      const by = parts.number(number, field, parent);
      if (by !== number) replace(start, start + number.length, by);
    },
  });
  return copied === 0 ? text : written.join('') + text.slice(copied);
}

/** By the ids of objects: what each is called by its own fields. A name may come after the value. */
function namesIn(text: string): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  walk(text, '', [], {
    string(value, _start, _end, { isObject, isName, field, id }) {
      if (!isObject || isName) return;
      if (field === 'name' || (field === 'key' && names[id] === undefined)) names[id] = value;
    },
    number() {},
  });
  return names;
}

/** Goes over the strings and numbers of a text of JSON, each with where it is. */
function walk(
  text: string,
  field: string,
  names: readonly (string | undefined)[],
  on: {
    string(value: string, start: number, end: number, place: Open): void;
    number(written: string, start: number, place: Open): void;
  },
): void {
  const open: Open[] = [];
  let objects = 0;
  let top: Open = { isObject: false, isName: false, field, parent: '', id: -1 };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === '{' || letter === '[') {
      open.push(top);
      const isObject = letter === '{';
      top = isObject
        ? { isObject, isName: true, field: '', parent: top.field, id: objects++ }
        : { ...top, isObject };
    } else if (letter === '}' || letter === ']') {
      top = open.pop() ?? top;
    } else if (letter === ',') {
      top.isName = top.isObject;
    } else if (letter === ':') {
      top.isName = false;
    } else if (letter === '"') {
      const end = endOfString(text, at);
      const value = JSON.parse(text.slice(at, end)) as string;
      on.string(value, at, end, top);
      if (top.isName) top.field = (value === 'value' ? names[top.id] : undefined) ?? value;
      at = end - 1;
    } else if (letter === '-' || (letter >= '0' && letter <= '9')) {
      NUMBER.lastIndex = at;
      const [number] = NUMBER.exec(text) ?? [letter];
      on.number(number, at, top);
      at += number.length - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
