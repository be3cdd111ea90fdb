/**
 * How many letters must be added, left out or changed to make one text the other, where `most` suffice; undefined where
 * they do not. Only the diagonal band that `most` edits can reach is filled in (Ukkonen 1985), so the time grows with the
 * length of the text times `most`, and not with its square.
 */
export function editsWithin(one: string, other: string, most: number): number | undefined {
  const band = Math.floor(most);
  if (Math.abs(one.length - other.length) > band) return undefined;
  let row = Float64Array.from({ length: other.length + 1 }, (_, at) => (at <= band ? at : Infinity));
  for (let at = 1; at <= one.length; at++) {
    const next = new Float64Array(other.length + 1).fill(Infinity);
    if (at <= band) next[0] = at;
    const last = Math.min(other.length, at + band);
    let least = next[0]!;
    for (let to = Math.max(1, at - band); to <= last; to++) {
      const changed = row[to - 1]! + (one.charCodeAt(at - 1) === other.charCodeAt(to - 1) ? 0 : 1);
      next[to] = Math.min(changed, row[to]! + 1, next[to - 1]! + 1);
      if (next[to]! < least) least = next[to]!;
    }
    if (least > band) return undefined;
    row = next;
  }
  const edits = row[other.length]!;
  return edits <= band ? edits : undefined;
}
