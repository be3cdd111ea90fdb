import { redact } from './redact.ts';
import type { Detector } from './span.ts';

/**
 * A JSON value with marks in place of what detectors find in its texts and names. A number that is such a thing is 0, so
 * that the value keeps its form.
 */
export function redactValue(value: unknown, detectors: readonly Detector[]): unknown {
  if (typeof value === 'string') return redact(value, detectors).text;
  if (typeof value === 'number') return redact(String(value), detectors).text === String(value) ? value : 0;
  if (Array.isArray(value)) return value.map((each) => redactValue(each, detectors));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [redact(name, detectors).text, redactValue(each, detectors)]),
  );
}

/** A text likewise. JSON stays JSON, with marks in its texts; where nothing is found it stays as it was. */
export function redactText(text: string, detectors: readonly Detector[]): string {
  const marked = redact(text, detectors).text;
  if (marked === text) return text;
  const value = jsonIn(text);
  return value === undefined ? marked : JSON.stringify(redactValue(value, detectors));
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
