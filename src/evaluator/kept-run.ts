import type { EvalRun } from '../api/eval-suite.ts';
import type { Evaluation } from './evaluate.ts';
import { type RevisionResult, shownScore, worstCases } from './run-results.ts';

/** What came of a run, and what it was for. */
export interface Told extends Pick<EvalRun, 'purpose' | 'attempt' | 'verdict' | 'message'> {
  candidate: RevisionResult;
  stable?: RevisionResult;
}

/** A run as `status.runs` has it, but for what it cost. */
export function keptRun(
  { release, hash, judge, cases, results, revision, against, startedAt, finishedAt }: Evaluation,
  { candidate, stable, ...told }: Told,
): EvalRun {
  const names = cases.map(({ name }) => name);
  const worst = worstCases(results, names, { candidate: revision, stable: against });
  return {
    ...told,
    kind: release.kind,
    name: release.name,
    suite: hash,
    ...(judge !== undefined && { judge: judge.slice(0, 512) }),
    message: cut(told.message),
    candidate: sideOf(candidate),
    ...(stable && { stable: sideOf(stable) }),
    cases: candidate.answers,
    errors: candidate.errors + (stable?.errors ?? 0),
    ...(worst.length > 0 && { worst }),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
}

const sideOf = ({ revision, passed, score }: RevisionResult) => ({
  revision,
  passed,
  ...(score !== undefined && { score: shownScore(score) }),
});

const MOST_TEXT = 2_000;

/** As much of a text as a status takes. */
export const cut = (text: string): string => [...text].slice(0, MOST_TEXT).join('');

/** Most runs that a status keeps, and how many of them may be of schedules: those must not crowd out what gates wait for. */
const MOST_RUNS = 32;
const MOST_SCHEDULED = 16;

/** The runs with one more, newest first. */
export function withRun(runs: readonly EvalRun[], run: EvalRun): EvalRun[] {
  let scheduled = 0;
  return [run, ...runs]
    .filter(({ purpose }) => purpose !== 'Schedule' || scheduled++ < MOST_SCHEDULED)
    .slice(0, MOST_RUNS);
}
