import type { Detector, Span } from './span.ts';

/** Lengths by country (SWIFT, "IBAN Registry", ISO 13616). */
const LENGTHS: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK FI FK FO GL NL SD',
  19: 'MK SI',
  20: 'AT BA EE KZ LT LU MN XK',
  21: 'CH CR HR LI LV',
  22: 'BG BH DE GB GE IE ME RS VA',
  23: 'AE GI IL IQ OM SO TL',
  24: 'AD CZ ES MD PK RO SA SE SK TN VG',
  25: 'LY PT ST',
  26: 'IS TR',
  27: 'BI DJ FR GR IT MC MR SM',
  28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
  29: 'BR EG PS QA UA',
  30: 'JO KW MU YE',
  31: 'MT SC',
  32: 'LC',
  33: 'RU',
};
const LENGTH_OF = new Map(
  Object.entries(LENGTHS).flatMap(([length, countries]) =>
    countries.split(' ').map((country): [string, number] => [country, Number(length)]),
  ),
);

const BEGINNING = /(?<![A-Za-z0-9])([A-Za-z]{2})[0-9]{2}/g;

/** International bank account numbers: a country's length and check digits modulo 97, in groups or not. */
export const iban: Detector = {
  kind: 'IBAN',
  spansIn: (text) =>
    [...text.matchAll(BEGINNING)].flatMap(({ 1: country = '', index }): Span[] => {
      const length = LENGTH_OF.get(country.toUpperCase());
      const end = length === undefined ? undefined : endOf(text, index, length);
      if (end === undefined || !isChecked(text.slice(index, end))) return [];
      return [{ kind: 'IBAN', start: index, end }];
    }),
};

/** Where as many letters and digits end, with single spaces or dashes between them; undefined where there are fewer, or more. */
function endOf(text: string, start: number, length: number): number | undefined {
  let at = start;
  for (let taken = 0; taken < length; taken++) {
    if (taken > 0 && /[ -]/.test(text[at] ?? '')) at++;
    if (!/[A-Za-z0-9]/.test(text[at] ?? '')) return undefined;
    at++;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? '') ? undefined : at;
}

function isChecked(written: string): boolean {
  const letters = written.replace(/[ -]/g, '').toUpperCase();
  let rest = 0;
  for (const letter of letters.slice(4) + letters.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
