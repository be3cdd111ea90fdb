import type { ConditionNow } from '../../api/conditions.ts';
import type { Resource } from '../../api/resource.ts';
import { nextRetirementMs, retirementOf, retiring } from '../../api/retirement.ts';
import type { Source } from '../../store/store.ts';
import { backendsOf } from './backends.ts';

/** What to say of models that the route asks for and that their provider withdraws soon, or has. */
export function routeRetiring(
  source: Source,
  route: Resource<'ModelRoute'>,
  now: Date,
): ConditionNow | undefined {
  return retiring(
    backendsOf(source, route).flatMap(({ name, provider, model }) => {
      const retirement = retirementOf(provider.spec, model, now);
      if (retirement === undefined) return [];
      const { on, retired } = retirement;
      const verb = retired ? 'has retired' : 'retires';
      const sentence = `backend ${name}: ModelProvider ${provider.metadata.name} ${verb} model ${model} on ${on}; ask for another in spec.backends`;
      return [{ retirement, sentence }];
    }),
  );
}

/** When there may be something else to say, in ms; undefined where that takes a change. */
export function recheckRetiringMs(
  source: Source,
  route: Resource<'ModelRoute'>,
  now: Date,
): number | undefined {
  const moments = backendsOf(source, route).flatMap(
    ({ provider }) => nextRetirementMs(provider.spec, now) ?? [],
  );
  return moments.length === 0 ? undefined : Math.min(...moments);
}
