import type { Span } from './span.ts';

/** A text as it reads where what stands in it is JSON: the escapes of strings are what they stand for. */
export interface Unescaped {
  text: string;
  /** A span of this text, as a span of the text with its escapes. */
  placed(span: Span): Span;
  /** A span of the text with its escapes without a part of one, so that JSON stays JSON; none where nothing is left. */
  whole(span: Span): Span[];
}

/** However often JSON was put into JSON: each time a backslash becomes two. Nothing is read twice where nothing fits. */
const ESCAPE = /(?<!\\)\\+(?:u([0-9a-fA-F]{4})|([bfnrt"'/]))/g;

/**
 * Undefined where the text has no escapes. A backslash before certain letters is taken for one whatever the text is: in a
 * piece of text it cannot be told whether it is JSON, code or the name of a file.
 */
export function unescaped(text: string): Unescaped | undefined {
  if (!text.includes('\\')) return undefined;
  const escapes: { start: number; end: number; at: number }[] = [];
  let removed = 0;
  const plain = text.replace(
    ESCAPE,
    (written, code: string | undefined, letter: string | undefined, start: number) => {
      escapes.push({ start, end: start + written.length, at: start - removed });
      removed += written.length - 1;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return /[bfnrt]/.test(letter!) ? '\n' : letter!;
    },
  );
  if (escapes.length === 0) return undefined;

  /** The last escape that begins before a place, counted in the text without or with them. */
  const before = (by: 'at' | 'start', place: number) => {
    let [from, to] = [0, escapes.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (escapes[middle]![by] < place) from = middle + 1;
      else to = middle;
    }
    return escapes[from - 1];
  };
  const placeOf = (place: number): number => {
    const last = before('at', place);
    return last === undefined ? place : place + last.end - last.at - 1;
  };
  const outside = (place: number): number => Math.max(place, before('start', place)?.end ?? 0);
  return {
    text: plain,
    placed: ({ kind, start, end }) => ({ kind, start: placeOf(start), end: placeOf(end) }),
    whole({ kind, start, end }) {
      const span = { kind, start: outside(start), end: outside(end) };
      return span.start < span.end ? [span] : [];
    },
  };
}
