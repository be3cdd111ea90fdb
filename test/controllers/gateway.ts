import type { EvidenceCell, EvidenceReading, Outcome } from '../../src/api/evidence.ts';
import type { ReleaseKind, Resource } from '../../src/api/resource.ts';
import type { EvidenceSource } from '../../src/evidence/source.ts';
import type { MemoryStore } from '../../src/store/memory.ts';

/** Share of a revision's calls that end badly. */
export type Bad = (revision: string) => number;

/** A gateway in maps: it draws as the status in the store says, and answers as the test says. */
export function fakeGateway(store: MemoryStore) {
  const cells = new Map<string, Map<string, EvidenceCell>>();
  let gone = false;

  const releases = (): Resource<ReleaseKind>[] => [
    ...store.list('PromptRelease'),
    ...store.list('ModelRoute'),
  ];
  const weightOf = ({ status: { traffic = [], candidateRevision } }: Resource<ReleaseKind>) =>
    traffic.find(({ revision }) => revision === candidateRevision)?.weight ?? 0;
  const servingOf = (release: Resource<ReleaseKind>) => {
    const { attempt = 0, stableRevision = '', epoch = 0 } = release.status;
    return { attempt, weight: weightOf(release), stable: stableRevision, epoch };
  };

  const source: EvidenceSource = {
    async read(uids) {
      if (gone) throw new Error('gateway 127.0.0.1:9090 is gone');
      const asked = releases().filter(({ metadata }) => uids.includes(metadata.uid));
      const read = asked.map((release) => ({
        uid: release.metadata.uid,
        serving: servingOf(release),
        cells: structuredClone([...(cells.get(release.metadata.uid)?.values() ?? [])]),
      }));
      return [{ replica: 'g', startId: 's', releases: read }] satisfies EvidenceReading[];
    },
  };

  return {
    source,
    /** Whether it cannot be read. */
    fail(value: boolean) {
      gone = value;
    },
    /** Serves `calls` of each release, split as its status says. */
    serve(calls: number, bad: Bad, outcome: Outcome = 'upstream_5xx') {
      for (const release of releases()) {
        const { uid } = release.metadata;
        const { attempt = 0, traffic = [] } = release.status;
        const weight = weightOf(release);
        const own = cells.get(uid) ?? new Map<string, EvidenceCell>();
        cells.set(uid, own);
        for (const { revision, weight: share } of traffic) {
          const key = `${attempt}/${weight}/${revision}`;
          const cell = own.get(key) ?? { attempt, weight, revision, outcomes: {}, schemaChecked: 0 };
          const count = Math.round((calls * share) / 100);
          const failing = Math.round(count * bad(revision));
          cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + failing;
          cell.outcomes.success = (cell.outcomes.success ?? 0) + count - failing;
          own.set(key, cell);
        }
      }
    },
  };
}
