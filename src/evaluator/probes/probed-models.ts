import { MOST_PROBED } from '../../api/model-provider.ts';
import type { Resource } from '../../api/resource.ts';
import { backendsOf } from '../../controllers/model-route/backends.ts';
import type { Source } from '../../store/store.ts';

/** The models that routes of its namespace ask of a provider, or would, in the order of their names; 64 at most. */
export function probedModels(source: Source, { metadata }: Resource<'ModelProvider'>): string[] {
  const asked = source
    .list('ModelRoute')
    .filter((route) => route.metadata.namespace === metadata.namespace)
    .flatMap((route) => backendsOf(source, route))
    .filter(({ provider }) => provider.metadata.name === metadata.name)
    .map(({ model }) => model);
  return [...new Set(asked)].sort().slice(0, MOST_PROBED);
}
