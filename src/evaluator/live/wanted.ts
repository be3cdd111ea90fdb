import { suiteGuardrails } from '../../api/guardrail.ts';
import { nameOf, RELEASE_KINDS, type ReleaseKind, type Resource } from '../../api/resource.ts';
import { settingsOf } from '../../rollout/settings.ts';
import { hasEnded, isEvaluating } from '../../rollout/status.ts';
import type { Source } from '../../store/store.ts';

/** A release whose candidate is held against live scores of suites. */
export interface Wanted {
  release: Resource<ReleaseKind>;
  /** Names of the suites, in the release's namespace. */
  suites: ReadonlySet<string>;
}

/** The releases in rollout whose guardrails name suites, by uid. */
export function wantedScores(source: Pick<Source, 'list'>): Map<string, Wanted> {
  const releases = RELEASE_KINDS.flatMap((kind) => source.list(kind) as readonly Resource<ReleaseKind>[]);
  return new Map(
    releases.flatMap((release) => {
      const { metadata, spec, status, invalid } = release;
      if (status.candidateRevision === undefined || invalid !== undefined) return [];
      if (isEvaluating(status) || hasEnded(status, settingsOf(spec.rollout))) return [];
      const suites = suiteGuardrails(spec.rollout?.guardrails).map(({ evalSuiteRef }) => evalSuiteRef.name);
      return suites.length === 0 ? [] : [[metadata.uid, { release, suites: new Set(suites) }]];
    }),
  );
}

/** The suites that they name, as `namespace/name`. */
export function suitesWanted(wanted: ReadonlyMap<string, Wanted>): Set<string> {
  return new Set(
    [...wanted.values()].flatMap(
      ({
        release: {
          metadata: { namespace },
        },
        suites,
      }) => [...suites].map((name) => nameOf({ namespace, name })),
    ),
  );
}
