import type { Rule } from '../../simulation/rollout.ts';
import { windows } from './windows.ts';

const POINT = 60;
/** Upper 1 % of the normal distribution: one end of a 98 % interval. */
const Z = 2.326348;
const TOLERANCE = 0.25;

/**
 * Kayenta's rule (Spinnaker's canary analysis), modelled from its documentation of canary configs and the source of its
 * only judge, NetflixACAJudge: each metric is a series with a point a minute; the Mann–Whitney test gives a 98 %
 * interval for the shift between canary and baseline, and the metric fails as "High" where its lower end is above .25
 * times the Hodges–Lehmann estimate of the shift. Judged at the end of each step on that step's points; a failed
 * critical metric rolls back. Not modelled: removal of outliers, several metrics and their score, ties in the interval.
 */
export function kayenta(secondsPerStep: number): Rule {
  return {
    name: 'Kayenta: Mann–Whitney, 98 %, at step ends',
    watch() {
      const meansOf = windows(POINT);
      let candidate: number[] = [];
      let stable: number[] = [];
      return {
        look([served], { second, stepSecond }) {
          const means = meansOf(served, second);
          if (means?.candidate !== undefined) candidate.push(means.candidate);
          if (means?.stable !== undefined) stable.push(means.stable);
          return stepSecond === secondsPerStep && isHigh(candidate, stable) ? 'RollBack' : 'Go';
        },
        nextStep() {
          candidate = [];
          stable = [];
        },
      };
    },
  };
}

/** Whether the candidate's points are shown to lie above stable's, by more than the tolerance. */
export function isHigh(candidate: readonly number[], stable: readonly number[]): boolean {
  if (candidate.length === 0 || stable.length === 0) return false;
  const [n, m] = [candidate.length, stable.length];
  const shifts = candidate.flatMap((x) => stable.map((y) => x - y)).sort((a, b) => a - b);
  // The lower end is the shift at which the normal approximation, with its correction for continuity, reaches Z.
  const needed = (n * m + 1) / 2 + Z * Math.sqrt((n * m * (n + m + 1)) / 12);
  const low = shifts[Math.max(0, Math.floor(n * m - needed))]!;
  const middle = (shifts[Math.floor((n * m - 1) / 2)]! + shifts[Math.floor((n * m) / 2)]!) / 2;
  return low > TOLERANCE * Math.abs(middle);
}
