import { find } from './find.ts';
import { replaceSpans } from './redact.ts';
import { PLACEHOLDER, type Restorer, restoreText, startRestorer } from './restore.ts';
import type { Detector } from './span.ts';

/** A redacted text, and the way back. What was found is kept here only, in memory. */
export interface Reversible {
  text: string;
  /** Puts what was found back into a text that has its placeholders, the redacted one or an answer to it. */
  restore: (text: string) => string;
  /** Does so for a text that comes in pieces. */
  restorer: () => Restorer;
}

/**
 * The text with a numbered placeholder such as `[EMAIL_1]` in place of all that detectors find, the same one for the same
 * value. None is used that the text already has, so restoring gives back exactly the text.
 */
export function redactReversibly(text: string, detectors: readonly Detector[]): Reversible {
  const taken = new Set(text.match(PLACEHOLDER));
  const placeholders = new Map<string, string>();
  const last = new Map<string, number>();
  const redacted = replaceSpans(text, find(text, detectors), ({ kind, start, end }) => {
    const value = text.slice(start, end);
    const key = `${kind} ${value}`;
    const known = placeholders.get(key);
    if (known !== undefined) return known;
    let number = last.get(kind) ?? 0;
    let placeholder: string;
    do placeholder = `[${kind}_${++number}]`;
    while (taken.has(placeholder));
    last.set(kind, number);
    placeholders.set(key, placeholder);
    return placeholder;
  });
  const values = new Map(
    [...placeholders].map(([key, placeholder]) => [placeholder, key.slice(key.indexOf(' ') + 1)]),
  );
  return {
    text: redacted,
    restore: (given) => restoreText(given, values),
    restorer: () => startRestorer(values),
  };
}
