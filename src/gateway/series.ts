import type { Table } from './table.ts';

/** The labels of one revision's series: names of resources, never what a caller sent. */
export interface RevisionLabels {
  kind: string;
  namespace: string;
  release: string;
  revision: string;
}

export interface RevisionSeries {
  /** Remembers that a revision has series. The same object comes back for the same revision. */
  used(labels: RevisionLabels): RevisionLabels;
  /** Forgets revisions that nothing has been served by for `keptMs`. */
  follow(table: Table): void;
}

/** Long enough for Prometheus to read the last counts of a revision before they go. */
const KEPT_MS = 600_000;

/**
 * Which revisions have series, so that those of revisions gone can be removed: each rollout makes new ones, and a gateway
 * runs for months. `remove` is called for each that goes.
 */
export function revisionSeries(
  remove: (labels: RevisionLabels) => void,
  { keptMs = KEPT_MS, now = () => performance.now() } = {},
): RevisionSeries {
  /** By the name of the revision, which nearly always one release has: no key is made for each call. */
  const known = new Map<string, Known[]>();
  const find = (labels: RevisionLabels): Known | undefined =>
    known.get(labels.revision)?.find((each) => areSame(each.labels, labels));

  return {
    used(labels) {
      const before = find(labels);
      if (before !== undefined) {
        before.servedAt = now();
        return before.labels;
      }
      const others = known.get(labels.revision) ?? [];
      known.set(labels.revision, [...others, { labels, servedAt: now() }]);
      return labels;
    },
    follow(table) {
      for (const { kind, namespace, name: release, stable, candidate } of table.entries.values()) {
        for (const arm of [stable, candidate]) {
          if (arm === undefined) continue;
          const series = find({ kind, namespace, release, revision: arm.revision });
          if (series !== undefined) series.servedAt = now();
        }
      }
      const limit = now() - keptMs;
      for (const [revision, all] of known) {
        const kept = all.filter(({ servedAt }) => servedAt > limit);
        if (kept.length === all.length) continue;
        if (kept.length === 0) known.delete(revision);
        else known.set(revision, kept);
        for (const { labels, servedAt } of all) if (servedAt <= limit) remove(labels);
      }
    },
  };
}

interface Known {
  labels: RevisionLabels;
  servedAt: number;
}

const areSame = (one: RevisionLabels, other: RevisionLabels): boolean =>
  one.release === other.release && one.namespace === other.namespace && one.kind === other.kind;
