import type { EvidenceCell } from '../../api/evidence.ts';
import { addScore, cellOf } from '../../gateway/cells.ts';
import type { SampledRevision } from '../../gateway/samples/sample.ts';

export interface ScoreBook {
  /** Counts a score (0–1) for a revision, under each of the keys. */
  add(revision: SampledRevision, keys: readonly string[], score: number): void;
  /** Copies: what was read must stay what it was. */
  cells(uid: string): EvidenceCell[];
  /** Forgets releases. Counts of one that came back would begin at zero again: only what has been deleted may go. */
  forget(isGone: (uid: string) => boolean): void;
  uids(): string[];
}

/** Counts scores by release, split and revision, as a gateway counts calls: of two attempts at most, and only ever growing. */
export function scoreBook(): ScoreBook {
  const releases = new Map<string, EvidenceCell[]>();
  return {
    add({ uid, attempt, weight, revision }, keys, score) {
      const known = releases.get(uid) ?? [];
      const cells = known.filter((cell) => cell.attempt >= attempt - 1);
      releases.set(uid, cells);
      const cell = cellOf(cells, { attempt, weight, revision });
      cell.suites ??= {};
      for (const key of keys) cell.suites[key] = addScore(cell.suites[key], score);
    },
    cells: (uid) => structuredClone(releases.get(uid) ?? []),
    forget(isGone) {
      for (const uid of releases.keys()) if (isGone(uid)) releases.delete(uid);
    },
    uids: () => [...releases.keys()],
  };
}
