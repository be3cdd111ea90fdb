const TAB = 9;
const SPACE = 32;

/** What of `text` is between `start` and `end`, without the blanks around it that a header's value may have. */
export function trimmed(text: string, start: number, end: number): string {
  let [from, to] = [start, end];
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
