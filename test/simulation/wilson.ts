/** A share with the limits of its confidence interval, all 0–1. */
export interface Share {
  share: number;
  low: number;
  high: number;
}

/** Two-sided 95 %. */
const Z = 1.959964;

/**
 * The share of `successes` in `runs` with its interval (Wilson 1927), which is sound near 0 and 1 too.
 * @param z standard deviations to either side; 95 % unless said
 */
export function wilson(successes: number, runs: number, z = Z): Share {
  const share = successes / runs;
  const middle = (share + z ** 2 / (2 * runs)) / (1 + z ** 2 / runs);
  const half = (z / (1 + z ** 2 / runs)) * Math.sqrt((share * (1 - share)) / runs + z ** 2 / (4 * runs ** 2));
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
