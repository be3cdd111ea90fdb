/** Scores are kept in sixtieths, which halves, quarters, thirds and tenths are whole numbers of. */
const STEPS = 60;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678';
const NONE = '-';

/** The score of each case (0 to 1, undefined for none), a letter a case: small enough for a status. */
export function packScores(scores: readonly (number | undefined)[]): string {
  return scores
    .map((score) => (score === undefined ? NONE : LETTERS.charAt(Math.round(score * STEPS))))
    .join('');
}

/** What `packScores` packed; a letter that it does not write is a case without a score. */
export function unpackScores(packed: string): (number | undefined)[] {
  return [...packed].map((letter) => {
    const step = LETTERS.indexOf(letter);
    return step === -1 ? undefined : step / STEPS;
  });
}
