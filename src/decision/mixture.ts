const { exp, log, max } = Math;

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
