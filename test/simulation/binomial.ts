import type { Random } from '../../src/lib/random.ts';

/** ln of the smallest mass that inversion may start from; below it doubles lose digits, and soon all of them. */
const LEAST_LOG_MASS = -600;

/**
 * A draw from the binomial distribution, exact but for rounding: by inversion from zero successes on (Kachitvichyanukul
 * and Schmeiser 1988, algorithm BINV), which takes about trials·chance steps.
 */
export function drawBinomial(random: Random, trials: number, chance: number): number {
  if (chance <= 0) return 0;
  if (chance >= 1) return trials;
  if (chance > 0.5) return trials - drawBinomial(random, trials, 1 - chance);
  const logMass = trials * Math.log1p(-chance);
  if (logMass < LEAST_LOG_MASS) {
    const half = Math.floor(trials / 2);
    return drawBinomial(random, half, chance) + drawBinomial(random, trials - half, chance);
  }
  const odds = chance / (1 - chance);
  let mass = Math.exp(logMass);
  let successes = 0;
  for (let left = random() - mass; left >= 0 && successes < trials; left -= mass) {
    successes++;
    mass *= (odds * (trials - successes + 1)) / successes;
  }
  return successes;
}
