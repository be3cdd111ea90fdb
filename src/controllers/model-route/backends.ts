import type { Backend, RouteContent } from '../../api/model-route.ts';
import type { Resource } from '../../api/resource.ts';
import type { Source } from '../../store/store.ts';

/** A backend that a route asks, or would ask once what its spec says is rolled out. */
export interface AskedBackend {
  name: string;
  model: string;
  provider: Resource<'ModelProvider'>;
  /** Whether it comes first in one of the revisions; others are fallbacks. */
  first: boolean;
}

/** The backends of a route's spec, of what serves and of its candidate, each model of a provider once; those whose ModelProvider is there and valid. */
export function backendsOf(source: Source, route: Resource<'ModelRoute'>): AskedBackend[] {
  const { metadata, spec, status, invalid } = route;
  const { namespace } = metadata;
  const kept = [status.stableRevision, status.candidateRevision].flatMap((revision) => {
    const content = revision && source.revision(namespace, revision)?.content;
    return content ? [(content as RouteContent).backends] : [];
  });
  const lists: readonly (readonly Backend[])[] = invalid === undefined ? [spec.backends, ...kept] : kept;
  const found = new Map<string, AskedBackend>();
  for (const list of lists) {
    for (const [at, { name, model, providerRef }] of list.entries()) {
      const key = `${providerRef.name} ${model}`;
      const before = found.get(key);
      const provider = source.get('ModelProvider', namespace, providerRef.name);
      if (before !== undefined) before.first ||= at === 0;
      else if (provider !== undefined && provider.invalid === undefined)
        found.set(key, { name, model, provider, first: at === 0 });
    }
  }
  return [...found.values()];
}
