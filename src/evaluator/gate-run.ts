import type { EvalRun } from '../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../api/resource.ts';
import { gateRun, releasesGatedBy } from '../controllers/release/gates.ts';
import { isEvaluating } from '../rollout/status.ts';
import type { Source } from '../store/store.ts';
import type { Evaluation } from './evaluate.ts';
import type { RevisionResult } from './run-results.ts';
import { shownScore, worstCases } from './run-results.ts';
import { withRun } from './schedule-run.ts';
import { verdictOf } from './verdict.ts';

/** A comparison that a release waits for. */
export interface WantedRun {
  kind: ReleaseKind;
  name: string;
  attempt: number;
  candidate: string;
  stable: string;
}

/** Names the run: one of the same name would say nothing new. */
export const keyOf = ({ kind, name, attempt, candidate, stable }: WantedRun): string =>
  [kind, name, attempt, candidate, stable].join('/');

/** What releases wait for a suite to say, and has not been said for good; with the error that was said last, if any. */
export function wantedRuns(
  source: Pick<Source, 'list'>,
  { metadata, status }: Resource<'EvalSuite'>,
): { wanted: WantedRun; error?: EvalRun }[] {
  return releasesGatedBy(source, metadata).flatMap((release) => {
    const wanted = wantedBy(release);
    if (wanted === undefined) return [];
    const said = gateRun(status.runs, release, release.status);
    if (said === undefined) return [{ wanted }];
    return said.verdict === 'Error' ? [{ wanted, error: said }] : [];
  });
}

/** What a release waits for; undefined where it waits for no gate. */
export function wantedBy({ kind, metadata, status }: Resource<ReleaseKind>): WantedRun | undefined {
  const { candidateRevision: candidate, stableRevision: stable, attempt } = status;
  if (!isEvaluating(status) || candidate === undefined || stable === undefined || attempt === undefined)
    return undefined;
  return { kind, name: metadata.name, attempt, candidate, stable };
}

/** Whether a release still waits for this run. */
export function isWanted(source: Pick<Source, 'get'>, namespace: string, run: WantedRun): boolean {
  const release = source.get(run.kind, namespace, run.name) as Resource<ReleaseKind> | undefined;
  const wanted = release && wantedBy(release);
  return wanted !== undefined && keyOf(wanted) === keyOf(run);
}

/** What is kept of a run in `status.runs`. */
export function runOf(
  { kind, name, attempt }: WantedRun,
  evaluation: Evaluation,
  gate: Parameters<typeof verdictOf>[1],
): EvalRun {
  const { verdict, message, candidate, stable } = verdictOf(evaluation, gate);
  const { cases, results, revision, against, costUSD } = evaluation;
  const names = cases.map((each) => each.name);
  const worst = worstCases(results, names, { candidate: revision, stable: against });
  return {
    purpose: 'Gate',
    kind,
    name,
    attempt,
    suite: evaluation.hash,
    ...(evaluation.judge !== undefined && { judge: evaluation.judge.slice(0, 512) }),
    verdict,
    message: [...message].slice(0, 2_000).join(''),
    candidate: sideOf(candidate),
    ...(stable && { stable: sideOf(stable) }),
    cases: candidate.answers,
    errors: candidate.errors + (stable?.errors ?? 0),
    ...(worst.length > 0 && { worst }),
    ...(costUSD !== undefined && { costUSD: String(Number(costUSD.toPrecision(6))) }),
    startedAt: evaluation.startedAt.toISOString(),
    finishedAt: evaluation.finishedAt.toISOString(),
  };
}

const sideOf = ({ revision, passed, score }: RevisionResult) => ({
  revision,
  passed,
  ...(score !== undefined && { score: shownScore(score) }),
});

/** The runs with a new one, newest first; an error about the same is not kept beside it. */
export function withGateRun(runs: readonly EvalRun[] = [], run: EvalRun): EvalRun[] {
  const others = runs.filter(
    (each) =>
      each.verdict !== 'Error' ||
      each.purpose !== 'Gate' ||
      each.kind !== run.kind ||
      each.name !== run.name ||
      each.attempt !== run.attempt,
  );
  return withRun(others, run);
}
