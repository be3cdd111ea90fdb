import type { Revision } from '../api/resource.ts';
import { formatDuration } from '../lib/duration.ts';
import { age } from './age.ts';
import type { Release } from './place.ts';
import { columns } from './table.ts';

/** The rollouts that ended, newest first, then revisions that are kept and not among them. Names are never cut. */
export function drawHistory({ status }: Release, kept: readonly Revision[], now: Date): string[] {
  const { history = [], candidateRevision } = status;
  const keptNames = new Set(kept.map(({ name }) => name));
  const rows = history.map(({ revision, outcome, startedAt, finishedAt }) => {
    const took = formatDuration(Date.parse(finishedAt) - Date.parse(startedAt));
    return [revision, outcome, age(finishedAt, now), took, stateOf(revision)];
  });
  const known = new Set(history.map(({ revision }) => revision));
  const others = [...kept]
    .sort((a, b) => b.number - a.number)
    .filter(({ name }) => !known.has(name) && name !== candidateRevision)
    .map(({ name }) => [name, '', '', '', stateOf(name)]);
  const underWay =
    candidateRevision === undefined
      ? []
      : [[candidateRevision, '', age(status.startedAt, now), '', stateOf(candidateRevision)]];
  return columns([['REVISION', 'OUTCOME', 'AGE', 'TOOK', 'NOW'], ...underWay, ...rows, ...others]);

  function stateOf(revision: string): string {
    if (revision === status.candidateRevision) return `candidate at ${status.step?.weight ?? 0}%`;
    if (revision === status.stableRevision) return 'serves';
    if (status.quarantined?.some((each) => each.revision === revision)) return 'kept out';
    return keptNames.has(revision) ? 'kept' : 'gone';
  }
}
