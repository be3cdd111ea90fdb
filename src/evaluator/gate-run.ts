import type { EvalRun } from '../api/eval-suite.ts';
import type { ReleaseKind, Resource } from '../api/resource.ts';
import { gateRun, gatesOfRelease, releasesGatedBy } from '../controllers/release/gates.ts';
import { isEvaluating } from '../rollout/status.ts';
import type { Source } from '../store/store.ts';
import type { Evaluation } from './evaluate.ts';
import { keptRun, withRun } from './kept-run.ts';
import { shownUSD } from './run-results.ts';
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

/** What releases wait for a suite to say, and has not been said for good: an error may be mended. */
export function wantedRuns(
  source: Pick<Source, 'list'>,
  { metadata, status }: Resource<'EvalSuite'>,
): WantedRun[] {
  return releasesGatedBy(source, metadata).flatMap((release) => {
    const wanted = wantedBy(release);
    if (wanted === undefined) return [];
    const said = gateRun(status.runs, release, release.status);
    return said === undefined || said.verdict === 'Error' ? [wanted] : [];
  });
}

/** The runs that have said something for good, of releases that still wait for other gates. */
export function heldRuns(
  source: Pick<Source, 'list'>,
  { metadata, status }: Resource<'EvalSuite'>,
): EvalRun[] {
  return releasesGatedBy(source, metadata).flatMap((release) => {
    const said = wantedBy(release) && gateRun(status.runs, release, release.status);
    return said === undefined || said.verdict === 'Error' ? [] : [said];
  });
}

/** What a run of a gate was about; undefined of another. */
export function wantedOf({ kind, name, attempt, candidate, stable }: EvalRun): WantedRun | undefined {
  if (attempt === undefined || candidate === undefined || stable === undefined) return undefined;
  return { kind, name, attempt, candidate: candidate.revision, stable: stable.revision };
}

/** What a release waits for; undefined where it waits for no gate. */
export function wantedBy({ kind, metadata, status }: Resource<ReleaseKind>): WantedRun | undefined {
  const { candidateRevision: candidate, stableRevision: stable, attempt } = status;
  if (!isEvaluating(status) || candidate === undefined || stable === undefined || attempt === undefined)
    return undefined;
  return { kind, name: metadata.name, attempt, candidate, stable };
}

/** Whether a release still waits for this run of the suite, which still is what it was. */
export function isWanted(
  source: Pick<Source, 'get'>,
  { metadata: { namespace, name, uid, generation } }: Resource<'EvalSuite'>,
  run: WantedRun,
): boolean {
  const live = source.get('EvalSuite', namespace, name)?.metadata;
  if (live?.uid !== uid || live.generation !== generation) return false;
  const release = source.get(run.kind, namespace, run.name) as Resource<ReleaseKind> | undefined;
  if (release === undefined || !gatesOfRelease(release).includes(name)) return false;
  const wanted = wantedBy(release);
  return wanted !== undefined && keyOf(wanted) === keyOf(run);
}

/** What is kept of a run in `status.runs`. */
export function runOf(
  { attempt }: WantedRun,
  evaluation: Evaluation,
  gate: Parameters<typeof verdictOf>[1],
): EvalRun {
  const { costUSD } = evaluation;
  return {
    ...keptRun(evaluation, { purpose: 'Gate', attempt, ...verdictOf(evaluation, gate) }),
    ...(costUSD !== undefined && { costUSD: shownUSD(costUSD) }),
  };
}

/** The runs with a new one, newest first; an error about the same is not kept beside it, and those held are. */
export function withGateRun(
  runs: readonly EvalRun[] = [],
  run: EvalRun,
  held: readonly EvalRun[] = [],
): EvalRun[] {
  const others = runs.filter(
    (each) =>
      each.verdict !== 'Error' ||
      each.purpose !== 'Gate' ||
      each.kind !== run.kind ||
      each.name !== run.name ||
      each.attempt !== run.attempt,
  );
  return withRun(others, run, held);
}
