import type { EvalRun } from '../api/eval-suite.ts';
import type { PairedCase } from '../decision/paired.ts';
import type { Answered } from './run-suite.ts';

/** What one revision came to over a run. Without a score where nothing could be scored. */
export interface RevisionResult {
  revision: string;
  answers: number;
  passed: number;
  errors: number;
  /** Mean of the means of cases, 0 to 1: each case counts alike, however often it could be scored. */
  score?: number;
}

export function revisionResult(results: readonly Answered[], revision: string): RevisionResult {
  const own = results.filter((each) => each.revision === revision);
  const scores = [...scoresByCase(own).values()].map(mean);
  return {
    revision,
    answers: own.length,
    passed: own.filter(({ grade }) => 'pass' in grade && grade.pass).length,
    errors: own.filter(({ grade }) => 'error' in grade).length,
    ...(scores.length > 0 && { score: mean(scores) }),
  };
}

/** A case that both revisions were scored on, by its index in the suite. */
export interface ComparedCase extends PairedCase {
  case: number;
}

/** The cases that both revisions were scored on; others are left out, and counted among the errors. */
export function pairedCases(
  results: readonly Answered[],
  { candidate, stable }: { candidate: string; stable: string },
): ComparedCase[] {
  const [theirs, ours] = [candidate, stable].map((revision) =>
    scoresByCase(results.filter((each) => each.revision === revision)),
  ) as [Map<number, number[]>, Map<number, number[]>];
  return [...theirs].flatMap(([at, scores]) => {
    const others = ours.get(at);
    return others === undefined ? [] : [{ case: at, candidate: scores, stable: others }];
  });
}

/** Mean score of each of so many cases, of one revision; undefined where it could not be scored. */
export function caseScores(
  results: readonly Answered[],
  revision: string,
  cases: number,
): (number | undefined)[] {
  const known = scoresByCase(results.filter((each) => each.revision === revision));
  return Array.from({ length: cases }, (_, at) => {
    const scores = known.get(at);
    return scores && mean(scores);
  });
}

/** Mean score by `metric` of assertions, of one revision. */
export function metricScores(results: readonly Answered[], revision: string): Record<string, number> {
  const known = new Map<string, number[]>();
  for (const { grade, revision: own } of results) {
    if (own !== revision || 'error' in grade) continue;
    for (const [metric, score] of Object.entries(grade.metrics))
      known.set(metric, [...(known.get(metric) ?? []), score]);
  }
  return Object.fromEntries([...known].map(([metric, scores]) => [metric, mean(scores)]));
}

/** Why the first of those that could not be asked or judged could not; undefined where all could. */
export function firstError(results: readonly Answered[]): string | undefined {
  return results.map(({ grade }) => ('error' in grade ? grade.error : undefined)).find(Boolean);
}

const MOST_WORST = 5;

/** Where the candidate lost most, for `worst` of a run: cases that it did not pass, the largest loss first. */
export function worstCases(
  results: readonly Answered[],
  names: readonly string[],
  { candidate, stable }: { candidate: string; stable?: string | undefined },
): NonNullable<EvalRun['worst']> {
  const [theirs, ours] = [candidate, stable].map((revision) =>
    scoresByCase(results.filter((each) => each.revision === revision)),
  ) as [Map<number, number[]>, Map<number, number[]>];
  const lost = [...theirs].flatMap(([at, scores]) => {
    const reason = reasonOf(results, at, candidate);
    if (reason === undefined) return [];
    const [score, other] = [mean(scores), ours.get(at)];
    return [
      {
        at,
        score,
        reason,
        other: other && mean(other),
        loss: (other === undefined ? 1 : mean(other)) - score,
      },
    ];
  });
  return lost
    .toSorted((a, b) => b.loss - a.loss || a.at - b.at)
    .slice(0, MOST_WORST)
    .map(({ at, score, other, reason }) => ({
      case: names[at]!.slice(0, 253),
      candidate: shownScore(score),
      ...(other !== undefined && { stable: shownScore(other) }),
      reason: [...reason].slice(0, 512).join(''),
    }));
}

/** A score as people read it: three digits after the point at most. */
export const shownScore = (score: number): string => String(Math.round(score * 1_000) / 1_000);

/** Why a revision did not pass a case, the first time that it did not. */
function reasonOf(results: readonly Answered[], at: number, revision: string): string | undefined {
  for (const { case: own, revision: asked, grade } of results) {
    if (own === at && asked === revision && 'pass' in grade && !grade.pass) return grade.reason;
  }
  return undefined;
}

function scoresByCase(results: readonly Answered[]): Map<number, number[]> {
  const scores = new Map<number, number[]>();
  for (const { case: at, grade } of results) {
    if ('error' in grade) continue;
    const known = scores.get(at);
    if (known === undefined) scores.set(at, [grade.score]);
    else known.push(grade.score);
  }
  return scores;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a run cost, in USD, as a status has it. */
export const shownUSD = (usd: number): string => String(Number(usd.toPrecision(6)));
