/** A piece of text that is of a kind, from `start` to before `end`, in UTF-16 units as JavaScript counts. */
export interface Span {
  kind: string;
  start: number;
  end: number;
}

/** Finds all of one kind in a text, in time that grows with its length only. Empty spans are not found. */
export interface Detector {
  kind: string;
  /** How the names of fields end whose values are told by them; absent where none is. */
  calls?: RegExp;
  spansIn: (text: string) => Span[];
}

/**
 * Spans in order, none overlapping: what overlaps becomes one, so that nothing of either is left, of the kind of the
 * longest. Of equally long ones the first given.
 */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: (Span & { longest: number })[] = [];
  for (const { kind, start, end } of spans.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last === undefined || start >= last.end) {
      merged.push({ kind, start, end, longest: end - start });
      continue;
    }
    if (end - start > last.longest) Object.assign(last, { kind, longest: end - start });
    last.end = Math.max(last.end, end);
  }
  return merged.map(({ kind, start, end }) => ({ kind, start, end }));
}

/** What a pattern matches, as far as `accept` says that it is one. The pattern must be global. */
export function matchesOf(
  kind: string,
  text: string,
  pattern: RegExp,
  accept: (matched: string) => boolean = () => true,
): Span[] {
  return [...text.matchAll(pattern)]
    .filter(([matched]) => accept(matched))
    .map(({ 0: matched, index }) => ({ kind, start: index, end: index + matched.length }));
}
