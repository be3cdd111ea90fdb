/**
 * A text that may be hostile, for a judge: one line of JSON. Whatever it says, it has no line, quote or turn of its own
 * that could end it, and letters that are not seen are written out.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    // Controls, invisible marks, directions, tags and lone surrogates; new lines are written out by JSON.
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (letter) => letter.split('').map(escaped).join(''),
  );
}

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
