const CONTEXT = 2;
const SHOWN = 20;

/**
 * What changed between two texts, for people: the lines between their common beginning and their common end, with `-`
 * and `+` and two lines around. Empty where they are equal.
 */
export function difference(before: string, after: string): string {
  if (before === after) return '';
  const old = before.split('\n');
  const now = after.split('\n');
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    `@@ line ${head + 1} @@`,
    ...old.slice(Math.max(0, head - CONTEXT), head).map((line) => `  ${line}`),
    ...marked('-', old.slice(head, old.length - tail)),
    ...marked('+', now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail, old.length - tail + CONTEXT).map((line) => `  ${line}`),
  ].join('\n');
}

function marked(sign: string, lines: string[]): string[] {
  const shown = lines.slice(0, SHOWN).map((line) => `${sign} ${line}`);
  return lines.length > SHOWN ? [...shown, `${sign} … ${lines.length - SHOWN} more lines`] : shown;
}
