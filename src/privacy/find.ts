import { type Detector, mergeSpans, type Span } from './span.ts';

/** Looks at the same text; each but the first is rarely needed, and more are of no use to anybody but an attacker. */
const MOST_LOOKS = 8;

/**
 * All that detectors find, in order, none overlapping. What is only found once its neighbours are taken away is found too:
 * nothing more is in a text in which these spans are marked.
 */
export function find(text: string, detectors: readonly Detector[]): Span[] {
  let spans: Span[] = [];
  for (let look = 0; look < MOST_LOOKS; look++) {
    const left = without(text, spans);
    const found = detectors.flatMap((detector) => detector.spansIn(left));
    const next = mergeSpans([...spans, ...found]);
    if (sizeOf(next) === sizeOf(spans)) break;
    spans = next;
  }
  return spans;
}

/** The text with line ends, which part all that can be found, in place of spans. Places stay what they are. */
function without(text: string, spans: readonly Span[]): string {
  let at = 0;
  const parts = spans.map(({ start, end }) => {
    const part = text.slice(at, start) + '\n'.repeat(end - start);
    at = end;
    return part;
  });
  return parts.join('') + text.slice(at);
}

const sizeOf = (spans: readonly Span[]) => spans.reduce((sum, { start, end }) => sum + end - start, 0);
