import type { EvalRun } from '../api/eval-suite.ts';
import type { Evaluation } from './evaluate.ts';
import { outputsOf } from './output-shift.ts';
import { caseScores, revisionResult, shownScore, worstCases } from './run-results.ts';
import type { Drift, ScheduledRun } from './schedule-drift.ts';

/** What drift is told of a run. */
export function scheduledRunOf({
  results,
  cases,
  revision,
  hash,
  judge,
  finishedAt,
}: Evaluation): ScheduledRun {
  return {
    revision,
    suite: hash,
    ...(judge !== undefined && { judge }),
    scores: caseScores(results, revision, cases.length),
    outputs: outputsOf(results),
    at: finishedAt.toISOString(),
  };
}

/** A scheduled run as `status.runs` has it. */
export function evalRunOf(
  evaluation: Evaluation,
  { verdict, message }: Pick<Drift, 'verdict' | 'message'>,
): EvalRun {
  const { results, cases, release, revision, hash, judge, costUSD, startedAt, finishedAt } = evaluation;
  const { passed, score, errors, answers } = revisionResult(results, revision);
  const worst = worstCases(
    results,
    cases.map(({ name }) => name),
    { candidate: revision },
  );
  return {
    purpose: 'Schedule',
    kind: release.kind,
    name: release.name,
    suite: hash,
    ...(judge !== undefined && { judge }),
    verdict,
    message,
    candidate: { revision, passed, ...(score !== undefined && { score: shownScore(score) }) },
    cases: answers,
    errors,
    ...(worst.length > 0 && { worst }),
    ...(costUSD !== undefined && { costUSD: costUSD.toFixed(6) }),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
}

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
