import type { ReleaseKind, Resource } from '../api/resource.ts';
import { watchOf } from '../api/watch.ts';
import { parsePercent } from '../lib/percent.ts';
import type { Source } from '../store/store.ts';
import type { Entry } from './table.ts';

/** What suites watch of a release's calls; undefined where none does. */
export type Watched = (release: Resource<ReleaseKind>) => Entry<{ revision: string }>['watch'] | undefined;

/** What all suites watch: of each release the largest share that one of them asks for, and the variables of all. */
export function watchedReleases(source: Pick<Source, 'list'>): Watched {
  const found = new Map<string, { share: number; variables: string[] }>();
  const keyOf = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;
  for (const suite of source.list('EvalSuite')) {
    const watch = watchOf(suite);
    if (watch === undefined) continue;
    for (const { kind, name } of suite.spec.schedule?.releases ?? []) {
      const key = keyOf(kind, suite.metadata.namespace, name);
      const { share, variables } = found.get(key) ?? { share: 0, variables: [] };
      found.set(key, {
        share: Math.max(share, parsePercent(watch.share)),
        variables: [...new Set([...variables, ...watch.variables])],
      });
    }
  }
  return ({ kind, metadata: { namespace, name } }) => found.get(keyOf(kind, namespace, name));
}
