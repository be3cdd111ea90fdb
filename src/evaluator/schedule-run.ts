import type { EvalRun } from '../api/eval-suite.ts';
import type { Evaluation } from './evaluate.ts';
import { keptRun } from './kept-run.ts';
import { outputsOf } from './output-shift.ts';
import { caseScores, revisionResult } from './run-results.ts';
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
  const { results, revision, costUSD } = evaluation;
  const candidate = revisionResult(results, revision);
  return {
    ...keptRun(evaluation, { purpose: 'Schedule', verdict, message, candidate }),
    ...(costUSD !== undefined && { costUSD: costUSD.toFixed(6) }),
  };
}
