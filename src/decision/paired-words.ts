import { formatPercent } from '../lib/percent.ts';
import { formatFigure } from './figures.ts';
import type { Paired, PairedSettings } from './paired.ts';

/**
 * What a comparison came to, for people: both means, what is proven, and what such a suite is too small to find. `other`
 * is what the candidate was compared with.
 */
export function pairedWords(compared: Paired, { tolerance, risk }: PairedSettings, other = 'stable'): string {
  const { worse, cases, candidate, stable, difference, high, detectable } = compared;
  const means = `scored ${formatFigure(candidate)}, ${other} ${formatFigure(stable)} over ${cases} case${cases === 1 ? '' : 's'}`;
  const atRisk = `at a risk of ${formatPercent(risk)}`;
  const allowed = formatFigure(tolerance);
  if (worse) {
    return `${means}: lower by ${formatFigure(-difference)}, by more than ${formatFigure(-high)} ${atRisk}; ${allowed} is allowed`;
  }
  const finds =
    detectable === undefined
      ? 'a suite this small finds no drop'
      : `a suite like this finds drops from about ${formatFigure(detectable)}`;
  return `${means}: not proven to be lower by more than ${allowed} ${atRisk}; ${finds}`;
}
