/** Scripts that say enough by themselves; text of any other is `other`. */
const SCRIPTS: readonly [name: string, letters: RegExp][] = [
  ['latin', /\p{Script=Latin}/gu],
  // Before Han, which Japanese is written in as well.
  ['japanese', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['han', /\p{Script=Han}/gu],
  ['cyrillic', /\p{Script=Cyrillic}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
  ['devanagari', /\p{Script=Devanagari}/gu],
  ['hangul', /\p{Script=Hangul}/gu],
  ['greek', /\p{Script=Greek}/gu],
  ['hebrew', /\p{Script=Hebrew}/gu],
  ['thai', /\p{Script=Thai}/gu],
];

/** Frequent small words of languages in Latin letters, as few of them as can be shared with another. */
const WORDS: Readonly<Record<string, string>> = {
  en: 'the and is are was were of to it you this that with have my for not what where how please',
  de: 'der die das und ist nicht ich sie wir mit ein eine einen auf wie wo kann zu für mein bitte den dem',
  fr: 'le les des et est pas je vous nous avec une dans qui pour mon où comment du ce sur',
  es: 'el los las y es no yo usted con una en por para mi dónde cómo está qué lo pero',
  it: 'il gli e è non io lei con una di per mio dove come che sono questo della mi',
  pt: 'o os as e é não eu você com uma em por para meu onde como está que do da',
  nl: 'de het een en is niet ik u wij met op van voor mijn waar hoe dat te kan',
  pl: 'i nie to jest się na w z do mój gdzie jak czy proszę co że za',
};
const LANGUAGES_OF = new Map<string, string[]>();
for (const [language, words] of Object.entries(WORDS)) {
  for (const word of words.split(' ')) LANGUAGES_OF.set(word, [...(LANGUAGES_OF.get(word) ?? []), language]);
}

/** Characters that are looked at. */
const LOOKED_AT = 1_000;
/** Letters and small words without which nothing is told. */
const [LEAST_LETTERS, LEAST_WORDS] = [2, 2];

/**
 * A guess at the language of a text: for Latin letters by its small words (`en`, `de`, `fr`, `es`, `it`, `pt`, `nl`, `pl`,
 * or `latin` where they do not tell), else by its script; `none` where there are no letters. Cheap, and good enough to see
 * that many texts together are no longer what they were; not to say what one text is.
 */
export function languageOf(text: string): string {
  const seen = text.slice(0, LOOKED_AT);
  const letters = seen.match(/\p{L}/gu)?.length ?? 0;
  if (letters < LEAST_LETTERS) return 'none';
  const [script = 'other'] = SCRIPTS.map(([name, pattern]) => ({ name, times: timesOf(seen, pattern) }))
    // A few kana make a text Japanese, however much of it is Han.
    .filter(({ name, times }) => times >= letters * (name === 'japanese' ? 0.1 : 0.4))
    .map(({ name }) => name)
    .toSorted((one, other) => Number(other === 'japanese') - Number(one === 'japanese'));
  return script === 'latin' ? byWords(seen) : script;
}

function byWords(text: string): string {
  const found = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    for (const language of LANGUAGES_OF.get(word) ?? []) found.set(language, (found.get(language) ?? 0) + 1);
  }
  const [first, second] = [...found].toSorted(([, one], [, other]) => other - one);
  if (first === undefined || first[1] < LEAST_WORDS || first[1] === second?.[1]) return 'latin';
  return first[0];
}

const timesOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
