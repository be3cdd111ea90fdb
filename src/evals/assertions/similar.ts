import { CannotTell, type Check, shown, wordsOf } from './check.ts';

const DEFAULT_THRESHOLD = 0.75;

/** As close in meaning to one of the texts as `threshold`, by the cosine of their embeddings. */
export const similar: Check = async ({ value, threshold = DEFAULT_THRESHOLD, answer, helpers }) => {
  const wanted = Array.isArray(value) ? value.map(wordsOf) : [wordsOf(value)];
  if (wanted.length === 0) throw new CannotTell('value must name a text at least');
  if (helpers.embed === undefined)
    throw new CannotTell('it takes a model for embeddings: give the suite judge.embeddings');
  const [own, ...others] = await helpers.embed([answer.text, ...wanted]).catch((error: Error) => {
    throw new CannotTell(error.message);
  });
  if (own === undefined || others.length !== wanted.length) throw new CannotTell('an embedding is missing');
  const closest = Math.max(...others.map((each) => cosine(own, each)));
  // What is computed twice from the same text may differ in the last bit.
  const holds = closest >= threshold - Number.EPSILON;
  return {
    holds,
    score: Math.min(1, Math.max(0, closest)),
    claim: `is like ${shown(value)}`,
    because: `similarity ${closest.toFixed(2)}, ${threshold} wanted`,
  };
};

/** @throws CannotTell where two vectors cannot be compared. */
function cosine(one: readonly number[], other: readonly number[]): number {
  let [both, first, second] = [0, 0, 0];
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? Number.NaN;
    both += value * against;
    first += value * value;
    second += against * against;
  }
  const found = both / Math.sqrt(first * second);
  if (one.length !== other.length || !Number.isFinite(found))
    throw new CannotTell('an embedding is not usable');
  return found;
}
