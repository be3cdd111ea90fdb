import type { Detector, Span } from './span.ts';

/** Runs of digits with single separators; one that goes on a word or a decimal is none. */
const RUN = /(?<![\w]|\d[.,])\d+(?:[ -]\d+)*(?!\w)/g;
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
  const digits = run.replace(/\D/g, '');
  const groups = groupsOf(run);
  const spans: Span[] = [];
  for (let first = 0; first < groups.length; first++) {
    const beginning = groups[first]?.digit ?? 0;
    const issuers = ISSUERS.filter(([begins]) => begins.test(digits.slice(beginning, beginning + 6)));
    if (issuers.length === 0) continue;
    let end: { place: number; group: number } | undefined;
    for (let last = first; last < groups.length; last++) {
      const { place, digit, size } = groups[last] ?? { place: 0, digit: 0, size: 0 };
      const length = digit + size - beginning;
      if (length > LONGEST) break;
      const possible = issuers.some(([, lengths]) => lengths.includes(length));
      if (possible && passesLuhn(digits.slice(beginning, beginning + length)))
        end = { place: place + size, group: last };
    }
    if (end === undefined) continue;
    spans.push({ kind: 'CARD', start: offset + (groups[first]?.place ?? 0), end: offset + end.place });
    first = end.group;
  }
  return spans;
}

/** Groups of digits: where each begins, as a place in the run and counted in digits, and how many it has. */
function groupsOf(run: string): { place: number; digit: number; size: number }[] {
  let digit = 0;
  return [...run.matchAll(/\d+/g)].map(({ 0: { length: size }, index: place }) => {
    digit += size;
    return { place, digit: digit - size, size };
  });
}

const ZERO = '0'.charCodeAt(0);

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - ZERO;
    const doubled = place % 2 === 0 ? digit : 2 * digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
