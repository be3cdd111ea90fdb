import { type Detector, mergeSpans, type Span } from './span.ts';
import { unescaped } from './unescaped.ts';

/** Looks at the same text; each but the first is rarely needed, and more are of no use to anybody but an attacker. */
const MOST_LOOKS = 8;

/**
 * All that detectors find, in order, none overlapping. What is only found once its neighbours are taken away is found too:
 * nothing more is in a text in which these spans are marked. In a text that has escapes of JSON it is found behind them
 * and written with them, and none of them is cut.
 */
export function find(text: string, detectors: readonly Detector[]): Span[] {
  let spans: Span[] = [];
  for (let look = 0; look < MOST_LOOKS; look++) {
    const next = mergeSpans([...spans, ...spansIn(without(text, spans), detectors)]);
    if (sizeOf(next) === sizeOf(spans)) break;
    spans = next;
  }
  return spans;
}

/** As the text is, and as it reads where it is JSON: which it is cannot be told of a piece. */
function spansIn(text: string, detectors: readonly Detector[]): Span[] {
  const found = detectors.flatMap((detector) => detector.spansIn(text));
  const plain = unescaped(text);
  if (plain === undefined) return found;
  const behind = detectors.flatMap((detector) => detector.spansIn(plain.text));
  return [...found.flatMap(plain.whole), ...behind.map(plain.placed)];
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
