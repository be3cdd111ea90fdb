import type { Evaluation } from '../evaluate.ts';
import { metricScores } from '../run-results.ts';
import type { Verdict } from '../verdict.ts';

/** A run for programs. What was answered is in it, keys and the like are not. */
export function jsonReport(run: Evaluation, { verdict, message, candidate, stable }: Verdict): object {
  const { suite, release, hash, judge, repeat, costUSD, startedAt, finishedAt } = run;
  return {
    suite,
    release,
    hash,
    ...(judge !== undefined && { judge }),
    repeat,
    verdict,
    message,
    candidate: { ...candidate, metrics: metricScores(run.results, candidate.revision) },
    ...(stable && { stable: { ...stable, metrics: metricScores(run.results, stable.revision) } }),
    ...(costUSD !== undefined && { costUSD }),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    results: run.results.map(({ case: at, revision, grade, answer }) => ({
      case: run.cases[at]!.name,
      revision,
      ...grade,
      ...(answer && {
        answer: answer.text,
        ...(answer.toolCalls.length > 0 && { toolCalls: answer.toolCalls }),
        latencyMs: Math.round(answer.latencyMs),
        ...(answer.costUSD !== undefined && { costUSD: answer.costUSD }),
      }),
    })),
  };
}
