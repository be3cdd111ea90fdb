import type { Rule } from '../../simulation/rollout.ts';
import { plus } from './windows.ts';

const INTERVAL = 10;
/** Upper 1 % of the normal distribution. */
const CRITICAL = 2.326348;

/**
 * The test from the textbook, used as dashboards use it: two proportions, pooled variance, one-sided at α = .01, on
 * everything served so far, looked at every 10 s. Each look by itself has its error rate; all of them together do not.
 */
export const peekedZ: Rule = {
  name: 'z-test looked at every 10 s, α = .01',
  watch() {
    let candidate = { calls: 0, sum: 0 };
    let stable = { calls: 0, sum: 0 };
    let z = 0;
    return {
      look([served], { second }) {
        candidate = plus(candidate, served.candidate);
        stable = plus(stable, served.stable);
        if (second % INTERVAL !== 0) return 'Go';
        z = zOf(candidate, stable);
        return z > CRITICAL ? 'RollBack' : 'Go';
      },
      figure: () => upperTail(z),
    };
  },
};

interface Total {
  calls: number;
  sum: number;
}

/** Standard deviations by which the candidate's rate is above stable's; 0 where nothing can be said. */
export function zOf(candidate: Total, stable: Total): number {
  const pooled = (candidate.sum + stable.sum) / (candidate.calls + stable.calls);
  const variance = pooled * (1 - pooled) * (1 / candidate.calls + 1 / stable.calls);
  if (!(variance > 0) || !Number.isFinite(variance)) return 0;
  return (candidate.sum / candidate.calls - stable.sum / stable.calls) / Math.sqrt(variance);
}

/** Probability that a standard normal is above z, to seven digits (Abramowitz and Stegun 26.2.17). */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
