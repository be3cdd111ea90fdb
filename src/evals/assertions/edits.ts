/**
 * How many letters must be added, left out or changed to make one text the other, where `most` suffice; undefined where
 * they do not. Only the diagonal band that `most` edits can reach is looked at (Ukkonen 1985), so time and memory grow with
 * the length of the text times `most`, and not with its square.
 */
export function editsWithin(one: string, other: string, most: number): number | undefined {
  const band = Math.floor(Math.min(most, Math.max(one.length, other.length)));
  if (Math.abs(one.length - other.length) > band) return undefined;
  const width = 2 * band + 1;
  // Place `at` of a row stands for column `row - band + at`.
  let before = new Float64Array(width).fill(Infinity);
  for (let at = band; at < width; at++) before[at] = at - band;
  let present = new Float64Array(width);
  for (let row = 1; row <= one.length; row++) {
    let least = Infinity;
    for (let at = 0; at < width; at++) {
      const column = row - band + at;
      present[at] = Infinity;
      if (column < 0 || column > other.length) continue;
      const letter = column > 0 && one.charCodeAt(row - 1) === other.charCodeAt(column - 1);
      const changed = column > 0 ? before[at]! + (letter ? 0 : 1) : Infinity;
      const leftOut = at + 1 < width ? before[at + 1]! + 1 : Infinity;
      const added = at > 0 ? present[at - 1]! + 1 : Infinity;
      present[at] = Math.min(changed, leftOut, added);
      least = Math.min(least, present[at]!);
    }
    if (least > band) return undefined;
    [before, present] = [present, before];
  }
  const edits = before[other.length - one.length + band]!;
  return edits <= band ? edits : undefined;
}
