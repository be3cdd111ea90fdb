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

/** Most runs of gates that a status keeps, and most of schedules: neither must crowd out what the others wait for. */
export const MOST_OF_EACH = 16;

/** The runs with one more, newest first. Those that are `held` stay as long as there are others of their purpose. */
export function withRun(runs: readonly EvalRun[], run: EvalRun, held: readonly EvalRun[] = []): EvalRun[] {
  const all = [run, ...runs];
  const stays = (each: EvalRun) => each === run || held.includes(each);
  const kept = (['Gate', 'Schedule'] as const).flatMap((purpose) => {
    const own = all.filter((each) => each.purpose === purpose);
    return [...own.filter(stays), ...own.filter((each) => !stays(each))].slice(0, MOST_OF_EACH);
  });
  return all.filter((each) => kept.includes(each));
}
