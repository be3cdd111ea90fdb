/**
 * Puts other texts in place of those that are known, wherever they stand, the longest first of those that begin in one place. They
 * are looked for together, by halves of their order: each by itself would take a text's whole length, and a caller may have
 * a hundred thousand found.
 * @param by what stands in place of each
 */
export function knownTexts(by: ReadonlyMap<string, string>): (text: string) => string {
  const known = [...by.keys()].sort();
  const begins = beginnings(known);
  const firsts = new Set(known.map((each) => each.charCodeAt(0)));
  const longest = known.reduce((most, { length }) => Math.max(most, length), 0);

  /** The longest that a text begins with. */
  const beginning = (text: string): string | undefined => {
    let [from, to] = [0, known.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (known[middle]! <= text) from = middle + 1;
      else to = middle;
    }
    // Whatever the text begins with, the last one up to it begins with as well.
    let at = from - 1;
    const same = at < 0 ? 0 : sameLength(known[at]!, text);
    while (at >= 0 && known[at]!.length > same) at = begins[at]!;
    return known[at];
  };

  return (text) => {
    const parts: string[] = [];
    let copied = 0;
    for (let at = 0; at < text.length; at++) {
      if (!firsts.has(text.charCodeAt(at))) continue;
      const found = beginning(text.slice(at, at + longest));
      if (found === undefined) continue;
      parts.push(text.slice(copied, at), by.get(found)!);
      copied = at + found.length;
      at = copied - 1;
    }
    return copied === 0 ? text : parts.join('') + text.slice(copied);
  };
}

/** Of each of some texts in order, where the longest other is that it begins with; -1 where there is none. */
function beginnings(sorted: readonly string[]): Int32Array {
  const begins = new Int32Array(sorted.length);
  for (const [at, text] of sorted.entries()) {
    let before = at - 1;
    while (before >= 0 && !text.startsWith(sorted[before]!)) before = begins[before]!;
    begins[at] = before;
  }
  return begins;
}

/** How many characters two texts begin with that are the same. */
function sameLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && one.charCodeAt(same) === other.charCodeAt(same)) same++;
  return same;
}
