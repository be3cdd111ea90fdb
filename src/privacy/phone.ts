import { anyCase } from './any-case.ts';
import { type Detector, matchesOf, type Span } from './span.ts';

/** Calling codes of countries and services (ITU-T E.164). */
const CALLING_CODE =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|21[1-368]|2[2-6]\d|29[01789]|35\d|37[0-8]|38[0-35-79]|42[013]|50\d|59\d|67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68])/;
const INTERNATIONAL = /(?<![\w+])(?:[++]|00(?=[1-9]))[1-9](?:[ \u00a0.()/-]{0,3}\d){6,15}(?!\d)/g;

/** Ways to write a number within a country that are hardly anything else. */
const NATIONAL: readonly [pattern: RegExp, accept: (written: string) => boolean][] = [
  // North America: (212) 555-0123, 212-555-0123, 1 212 555 0123.
  [
    /(?<![\w.+-])(?:1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?!\w|[.-]\d)/g,
    () => true,
  ],
  // An area code in parentheses: (030) 901820, 8 (495) 123-45-67, (11) 91234-5678.
  [
    /(?<![\w(+])(?:\d{1,3}[ -]?)?\(0?\d{1,4}\)[ -]?\d{2,8}(?:[ -]\d{2,5}){0,3}(?!\w)/g,
    (written) => hasDigits(written, 9, 13),
  ],
  // A mobile of China, one of India in its usual groups.
  [/(?<![\w.+-])1[3-9]\d(?:[ -]?\d{4}){2}(?!\w|-\d)/g, () => true],
  [/(?<![\w.+-])[6-9]\d{4} \d{5}(?!\w)/g, () => true],
];

/** A trunk prefix and groups: 06 12 34 56 78, 020 7946 0958, 0171/1234567, 03-1234-5678. */
const TRUNK = /(?<![\w.,+/-])0[1-9]\d{0,4}(?:[ \u00a0./-]\d{1,8}){1,5}(?!\w)/g;
const DATE = /^\d{2}[./-]\d{2}[./-](?:19|20)\d{2}/;

/**
 * Digits after a word for telephone, in any groups: in prose, and as names of fields are written, whose values may have
 * quotes. What the words begin with comes first: most places of a text are done with there.
 */
const WORD = [
  '(?=[CFHMPTWcfhmptwТт电電手전ه])(?:(?<!\\p{L})|(?<=\\p{Ll})(?=\\p{Lu}))',
  '(?:',
  anyCase(
    'tele(?:phone|fono?|foon)|tel|phone|t[eé]l[eé]phone|t[eé]l|fax|mobile|cell|handy|m[oó]vil|celular|whatsapp|тел|телефон|',
  ),
  '电话|電話|手机|전화|هاتف)s?',
].join('');
const NUMBER = anyCase('numbers?|no|nr|nummer|número');
const NAMED = new RegExp(
  [
    WORD,
    `(?:[ _-]?(?:${NUMBER}|${anyCase('is|ist|est|es')}))?`,
    '["\']?[\\s:.#=(]{0,4}["\']?(\\d(?:[ \\u00a0./()-]{0,2}\\d){6,14})(?!\\w)',
  ].join(''),
  'gu',
);

/**
 * Telephone numbers: international ones of any country with + or 00, and ones within a country where the way they are
 * written, or the word before, gives them away. Bare digits are none. What is a number in service is not known: this
 * rather takes one too many.
 */
export const phone: Detector = {
  kind: 'PHONE',
  calls: new RegExp(`${WORD}(?:[ _-]?(?:${NUMBER}))?$`, 'u'),
  spansIn: (text) => [
    ...matchesOf('PHONE', text, INTERNATIONAL, isInternational),
    ...NATIONAL.flatMap(([pattern, accept]) => matchesOf('PHONE', text, pattern, accept)),
    ...matchesOf('PHONE', text, TRUNK, (written) => hasDigits(written, 9, 25) && !DATE.test(written)),
    ...namedIn(text),
  ],
};

function isInternational(written: string): boolean {
  const digits = digitsOf(written).replace(/^00/, '');
  const least = digits.startsWith('1') ? 11 : 8;
  return digits.length >= least && CALLING_CODE.test(digits);
}

const hasDigits = (written: string, least: number, most: number) => {
  const { length } = digitsOf(written);
  return length >= least && length <= most;
};

const digitsOf = (written: string) => written.replace(/\D/g, '');

function namedIn(text: string): Span[] {
  return [...text.matchAll(NAMED)].map(({ 0: matched, 1: digits = '', index }) => {
    const end = index + matched.length;
    return { kind: 'PHONE', start: end - digits.length, end };
  });
}
