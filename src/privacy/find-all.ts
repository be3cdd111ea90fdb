import { find } from './find.ts';
import type { Detector, Span } from './span.ts';

/** No detector looks past it. */
const BETWEEN = '\u0000';

/** What detectors find in each of many texts. They are looked at together: each by itself takes many times as long. */
export function findAll(texts: readonly string[], detectors: readonly Detector[]): Span[][] {
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
