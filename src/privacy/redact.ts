import { find } from './find.ts';
import type { Detector, Span } from './span.ts';

export interface Redacted {
  text: string;
  /** How many of each kind were found. */
  counts: Record<string, number>;
}

/** The text with a mark such as `[EMAIL]` in place of all that detectors find. */
export function redact(text: string, detectors: readonly Detector[]): Redacted {
  const spans = find(text, detectors);
  const counts: Record<string, number> = {};
  for (const { kind } of spans) counts[kind] = (counts[kind] ?? 0) + 1;
  return { text: replaceSpans(text, spans, ({ kind }) => `[${kind}]`), counts };
}

/** The text with something else in place of spans, which are in order and do not overlap. */
export function replaceSpans(text: string, spans: readonly Span[], by: (span: Span) => string): string {
  let at = 0;
  const parts: string[] = [];
  for (const span of spans) {
    parts.push(text.slice(at, span.start), by(span));
    at = span.end;
  }
  return parts.join('') + text.slice(at);
}
