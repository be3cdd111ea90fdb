import { redact } from './redact.ts';
import type { Detector } from './span.ts';

/**
 * A JSON value with marks in place of what detectors find in its texts and names. A number that is such a thing is 0, so
 * that the value keeps its form.
 */
export function redactValue(value: unknown, detectors: readonly Detector[]): unknown {
  const texts: string[] = [];
  rewritten(value, (text) => {
    texts.push(text);
    return text;
  });
  const clean = redactAll(texts, detectors);
  let at = 0;
  return rewritten(value, () => clean[at++]!);
}

/** A text likewise. JSON stays JSON; where nothing is found a text stays as it was. */
export function redactText(text: string, detectors: readonly Detector[]): string {
  const marked = redact(text, detectors).text;
  const hidden = text.includes('\\u');
  if (marked === text && !hidden) return text;
  const value = jsonIn(text);
  if (value === undefined || (!hidden && jsonIn(marked) !== undefined)) return marked;
  return JSON.stringify(redactValue(value, detectors));
}

/** No detector looks past it. */
const BETWEEN = '\u0000';

/** Many short texts at once: to look at each by itself takes many times as long. */
function redactAll(texts: readonly string[], detectors: readonly Detector[]): string[] {
  const together = redact(texts.join(BETWEEN), detectors).text.split(BETWEEN);
  return together.length === texts.length ? together : texts.map((each) => redact(each, detectors).text);
}

/** The value with `by` of each text, name and number in its place, in the order of a walk. */
function rewritten(value: unknown, by: (text: string) => string): unknown {
  if (typeof value === 'string') return by(value);
  if (typeof value === 'number') return by(String(value)) === String(value) ? value : 0;
  if (Array.isArray(value)) return value.map((each) => rewritten(each, by));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [by(name), rewritten(each, by)]));
}

/** Undefined where the text is no object and no list. */
function jsonIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}
