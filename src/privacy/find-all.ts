import { find } from './find.ts';
import { type Detector, mergeSpans, type Span } from './span.ts';

/** A text, and what it is called where it is data: a password or a number is told by that. */
export interface Said {
  text: string;
  name?: string | undefined;
}

/** No detector looks past it. */
const BETWEEN = '\u0000';
/** Most characters of a name that count, from its end, and of a text that a name says something of. */
const LONGEST_NAME = 64;
const LONGEST_NAMED = 4_096;

/**
 * What detectors find in each of many texts, by itself and after what its name says that it is. They are looked at
 * together: each by itself takes many times as long.
 */
export function findAll(said: readonly Said[], detectors: readonly Detector[]): Span[][] {
  const texts = said.map(({ text }) => text);
  const before = callers(detectors);
  const called = said.flatMap((each, at) => {
    const words = before(each);
    return words === '' ? [] : [{ at, words, text: words + each.text }];
  });
  const found = spansInAll([...texts, ...called.map(({ text }) => text)], detectors);
  for (const [next, { at, words }] of called.entries())
    found[at] = mergeSpans([...found[at]!, ...spansAfter(words.length, found[texts.length + next]!)]);
  return found.slice(0, texts.length);
}

/** What goes before a text to say what it is: `phone: ` for one; nothing where its name says nothing to a detector. */
function callers(detectors: readonly Detector[]): (said: Said) => string {
  const calls = detectors.flatMap((detector) => detector.calls ?? []);
  const known = new Map<string, string>();
  return ({ text, name = '' }) => {
    if (name === '' || text.length > LONGEST_NAMED) return '';
    let words = known.get(name);
    if (words === undefined) {
      const end = name.slice(-LONGEST_NAME);
      const places = calls.map((each) => end.search(each)).filter((place) => place !== -1);
      words = places.length === 0 ? '' : `${end.slice(Math.min(...places))}: `;
      known.set(name, words);
    }
    return words;
  };
}

/** Spans as they are in what comes after so many characters. */
function spansAfter(start: number, spans: readonly Span[]): Span[] {
  return spans.flatMap((span) =>
    span.end > start
      ? [{ kind: span.kind, start: Math.max(0, span.start - start), end: span.end - start }]
      : [],
  );
}

function spansInAll(texts: readonly string[], detectors: readonly Detector[]): Span[][] {
  if (texts.some((text) => text.includes(BETWEEN))) return texts.map((text) => find(text, detectors));
  const found = find(texts.join(BETWEEN), detectors);
  return spansByText(texts, found, BETWEEN.length);
}

/**
 * Spans of texts that were joined, each with its own text's places. What reaches over an end counts for each of the texts.
 * @param between characters between two texts
 */
export function spansByText(texts: readonly string[], spans: readonly Span[], between: number): Span[][] {
  let offset = 0;
  let at = 0;
  return texts.map(({ length }) => {
    const own: Span[] = [];
    const end = offset + length;
    for (let next = at; next < spans.length && spans[next]!.start < end; next++) {
      const span = spans[next]!;
      if (span.end > offset)
        own.push({
          kind: span.kind,
          start: Math.max(0, span.start - offset),
          end: Math.min(length, span.end - offset),
        });
      if (span.end <= end) at = next + 1;
    }
    offset = end + between;
    return own;
  });
}
