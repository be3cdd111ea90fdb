import type { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** Columns that every drawing keeps to. */
export const WIDTH = 80;

/** Text from a status as it may go to a terminal: on one line, with nothing in it that a terminal would obey. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');

/** Words in a line that a shell takes apart into them again. */
export const shellLine = (words: readonly string[]): string =>
  words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');

/** The text, or as much of it as fits, ending in `…`. */
export function clip(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** The text, or both ends of it: names of revisions differ at their end. */
export function clipMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.min(11, width - 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(-end)}`;
}

/** `text` and spaces, or clipped, to just `width` columns. */
export const cell = (text: string, width: number): string => {
  const clipped = clip(text, width);
  return clipped + ' '.repeat(width - [...clipped].length);
};

/** The text in lines of `width`, broken between words, and within those that are longer. */
export function wrap(text: string, width = WIDTH, indent = ''): string[] {
  const room = width - indent.length;
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text)
    .split(/ +/)
    .filter(Boolean)
    .flatMap((word) => pieces(word, room))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= room) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].filter(Boolean).map((each) => indent + each);
}

/** A word of a command: spaces within quotes do not end it. */
const WORD = /(?:'[^']*'|\\.|[^ '\\])+/g;

/** A command in lines that a shell takes as one. */
export function wrapCommand(command: string, width = WIDTH, indent = ''): string[] {
  const lines = [''];
  for (const word of plain(command).match(WORD) ?? []) {
    const line = lines.at(-1)!;
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || indent.length + longer.length + 2 <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map(
    (line, at) => `${indent}${at > 0 ? '  ' : ''}${line}${at < lines.length - 1 ? ' \\' : ''}`,
  );
}

function pieces(word: string, room: number): string[] {
  const letters = [...word];
  if (letters.length <= room) return [word];
  return [letters.slice(0, room).join(''), ...pieces(letters.slice(room).join(''), room)];
}
