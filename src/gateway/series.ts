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
  const known = new Map<string, { labels: RevisionLabels; servedAt: number }>();

  return {
    used(labels) {
      const key = keyOf(labels);
      const before = known.get(key);
      if (before !== undefined) {
        before.servedAt = now();
        return before.labels;
      }
      known.set(key, { labels, servedAt: now() });
      return labels;
    },
    follow(table) {
      for (const { kind, namespace, name, stable, candidate } of table.entries.values()) {
        for (const arm of [stable, candidate]) {
          if (arm === undefined) continue;
          const series = known.get(keyOf({ kind, namespace, release: name, revision: arm.revision }));
          if (series !== undefined) series.servedAt = now();
        }
      }
      const limit = now() - keptMs;
      for (const [key, { labels, servedAt }] of known) {
        if (servedAt > limit) continue;
        known.delete(key);
        remove(labels);
      }
    },
  };
}

function keyOf({ kind, namespace, release, revision }: RevisionLabels): string {
  return `${kind}/${namespace}/${release}/${revision}`;
}
