const { exp, log, max, min } = Math;

/** ln Σ exp(x), without overflow; −Infinity for none. */
export function logSumExp(values: readonly number[]): number {
  const highest = max(...values);
  if (highest === Number.NEGATIVE_INFINITY) return highest;
  return highest + log(values.reduce((sum, value) => sum + exp(value - highest), 0));
}

/** ln of the mean of exp(x): the evidence of a bettor who staked the same on each alternative. */
export function logMeanExp(values: readonly number[]): number {
  return logSumExp(values) - log(values.length);
}

/** e^500 is proof enough, and keeps sums of evidence finite. Cutting evidence down is always valid. */
const MOST_EVIDENCE = 500;

/** Adds to the ln of each alternative's evidence the ln of what it was paid. */
export function addPayoffs(sums: readonly number[], payoffs: readonly number[]): number[] {
  return sums.map((sum, alternative) => min(MOST_EVIDENCE, sum + (payoffs[alternative] ?? 0)));
}
