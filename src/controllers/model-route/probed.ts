import type { ConditionNow } from '../../api/conditions.ts';
import type { Resource } from '../../api/resource.ts';
import { sentences } from '../../lib/sentences.ts';
import type { Source } from '../../store/store.ts';
import { backendsOf } from './backends.ts';

/**
 * What to say of backends that did not answer their last probe; undefined where all did, or none was asked. What the provider
 * said is in its own status: it may change with every probe, and a condition is for what lasts.
 */
export function routeProbed(source: Source, route: Resource<'ModelRoute'>): ConditionNow | undefined {
  const failing = backendsOf(source, route).filter(
    ({ model, provider: { spec, status } }) =>
      spec.probe !== undefined &&
      status.probes?.some((each) => each.model === model && each.result === 'Fails'),
  );
  if (failing.length === 0) return undefined;
  const told = failing.map(({ name, model, provider, first }) => {
    const what = first ? 'backend' : 'fallback';
    return `${what} ${name}: model ${model} of ModelProvider ${provider.metadata.name} did not answer its last probe`;
  });
  return {
    type: 'BackendsWork',
    status: 'False',
    reason: failing.some(({ first }) => !first) ? 'FallbackFails' : 'FirstBackendFails',
    message: `${sentences(told)}; see status.probes of the ModelProvider`,
  };
}
