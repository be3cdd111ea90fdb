import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { comparePaired, reachesMinimum } from '../decision/paired.ts';
import { pairedWords } from '../decision/paired-words.ts';
import { parsePercent } from '../lib/percent.ts';
import type { Evaluation } from './evaluate.ts';
import { firstError, pairedCases, type RevisionResult, revisionResult, shownScore } from './run-results.ts';

export const DEFAULT_GATE_RISK = 0.05;
export const DEFAULT_GATE_TOLERANCE = 0.02;

/** How much lower than what it is compared with a mean score may be. */
export const toleranceOf = ({ tolerance }: { tolerance?: string | undefined } = {}): number =>
  tolerance === undefined ? DEFAULT_GATE_TOLERANCE : Number(tolerance);

/** What a run came to. `Error`: it could not be told, and nobody is blamed. */
export interface Verdict {
  verdict: 'Pass' | 'Fail' | 'Error';
  /** For people, in one line. */
  message: string;
  candidate: RevisionResult;
  stable?: RevisionResult;
}

/**
 * Judges a run as the suite's `gate` says: against another revision by the paired comparison; alone by `minScore`, or,
 * without one, by whether every answer passed. What failed has failed, whatever else could not be asked; without a failure
 * an error leaves it open. `other` is what people call the other revision.
 */
export function verdictOf(
  { results, revision, against }: Evaluation,
  { risk, tolerance, minScore }: NonNullable<EvalSuiteSpec['gate']> = {},
  other = 'stable',
): Verdict {
  const candidate = revisionResult(results, revision);
  const stable = against === undefined ? undefined : revisionResult(results, against);
  const sides = { candidate, ...(stable && { stable }) };
  const settings = {
    risk: risk === undefined ? DEFAULT_GATE_RISK : parsePercent(risk),
    tolerance: toleranceOf({ tolerance }),
  };
  const compared =
    against === undefined
      ? undefined
      : comparePaired(pairedCases(results, { candidate: revision, stable: against }), settings);
  const words = compared === undefined ? alone(candidate) : pairedWords(compared, settings, other);
  if (compared?.worse) return { verdict: 'Fail', message: words, ...sides };

  const { score, errors } = candidate;
  const least = minScore === undefined ? undefined : Number(minScore);
  if (least !== undefined && score !== undefined && errors === 0 && !reachesMinimum(score, least))
    return { verdict: 'Fail', message: `${words}; at least ${minScore} is asked for`, ...sides };
  const failed = candidate.answers - candidate.passed - candidate.errors;
  if (against === undefined && least === undefined && failed > 0)
    return { verdict: 'Fail', message: words, ...sides };

  const open = errors + (stable?.errors ?? 0);
  if (open === 0) return { verdict: 'Pass', message: words, ...sides };
  return {
    verdict: 'Error',
    message: `${open} of ${results.length} could not be asked or judged, the first: ${firstError(results)}`,
    ...sides,
  };
}

function alone({ answers, passed, errors, score }: RevisionResult): string {
  const mean = score === undefined ? '' : `, mean score ${shownScore(score)}`;
  const open = errors === 0 ? '' : `, ${errors} could not be told`;
  return `${passed} of ${answers} answers passed${open}${mean}`;
}
