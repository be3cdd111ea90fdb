import type { Detector, Span } from './span.ts';

/** Runs of digits with single separators; one that goes on a word or a decimal is none. */
const RUN = /(?<![\w]|\d[.,])\d+(?:[ -]\d+)*(?!\w)/g;
const SHORTEST = 12;
const LONGEST = 19;

/** How issuers' numbers begin (ISO/IEC 7812), and their lengths. */
const ISSUERS: readonly [begins: RegExp, lengths: readonly number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 17, 18, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^(?:30[0-5]|3095|36|3[89])/, [14, 15, 16, 17, 18, 19]],
  [/^(?:62|81)/, [16, 17, 18, 19]],
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, [12, 13, 14, 15, 16, 17, 18, 19]],
  [/^220[0-4]/, [16, 17, 18, 19]],
  [/^(?:508|60|65|82)/, [16]],
];

/** Numbers of payment cards: an issuer's beginning and length, and the check digit of Luhn (ISO/IEC 7812-1). */
export const card: Detector = {
  kind: 'CARD',
  spansIn: (text) => [...text.matchAll(RUN)].flatMap(({ 0: run, index }) => cardsIn(run, index)),
};

/** A run may hold other numbers beside the card's: whole groups of it are tried, the longest from each first. */
function cardsIn(run: string, offset: number): Span[] {
  const groups = [...run.matchAll(/\d+/g)];
  const spans: Span[] = [];
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    let found: { end: number; last: number } | undefined;
    for (let last = first; last < groups.length; last++) {
      const group = groups[last];
      if (group === undefined || digits.length + group[0].length > LONGEST) break;
      digits += group[0];
      if (isCard(digits)) found = { end: group.index + group[0].length, last };
    }
    if (found === undefined) continue;
    spans.push({ kind: 'CARD', start: offset + (groups[first]?.index ?? 0), end: offset + found.end });
    first = found.last;
  }
  return spans;
}

function isCard(digits: string): boolean {
  if (digits.length < SHORTEST) return false;
  const issued = ISSUERS.some(([begins, lengths]) => lengths.includes(digits.length) && begins.test(digits));
  return issued && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 0 ? digit : 2 * digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
