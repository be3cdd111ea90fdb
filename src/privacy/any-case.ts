/** What stands for itself, a class, or a letter. */
const PIECES = /\\.|\[[^\]]*\]|\p{L}/gu;

/**
 * A pattern whose letters match in either case, for where only a part of a pattern should. The modifier `(?i:…)` is not to be
 * had for that: where V8 does not optimize patterns, as when very many have been compiled in a process, it forgets it for
 * some alternatives, so that a phone number would be found today and not tomorrow.
 */
export function anyCase(pattern: string): string {
  return pattern.replace(PIECES, (piece) => {
    if (piece.startsWith('\\')) return piece;
    if (!piece.startsWith('[')) return upperOf(piece) === '' ? piece : `[${piece}${upperOf(piece)}]`;
    return `[${[...piece.slice(1, -1)].map(upperOf).join('')}${piece.slice(1)}`;
  });
}

/** The other case of a lower letter; nothing for what has none. */
function upperOf(letter: string): string {
  const upper = letter.toUpperCase();
  return upper === letter || [...upper].length > 1 ? '' : upper;
}
