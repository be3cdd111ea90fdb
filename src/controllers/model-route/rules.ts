import { unmetPolicy } from '../../api/data-policy.ts';
import type { Backend } from '../../api/model-route.ts';
import { checkPrivacy } from '../../api/privacy.ts';
import type { Resource } from '../../api/resource.ts';
import { routeContent } from '../../api/revision.ts';
import type { Problem } from '../../rollout/pass.ts';
import type { Source } from '../../store/store.ts';
import type { ReleaseKindRules } from '../release/kind.ts';
import { routeProbed } from './probed.ts';
import { recheckRetiringMs, routeRetiring } from './retiring.ts';

/** What makes a ModelRoute servable, and what its revisions are made of. */
export function modelRouteRules(source: Source): ReleaseKindRules<'ModelRoute'> {
  return {
    kind: 'ModelRoute',

    async resolve(resource) {
      const { spec } = resource;
      const [wrong] = checkPrivacy(spec.privacy ?? {});
      if (wrong !== undefined)
        return { problem: { reason: 'InvalidPrivacy', field: wrong.path, message: wrong.message } };
      for (const [at, backend] of spec.backends.entries()) {
        const problem = backendProblem(source, resource, backend, `spec.backends[${at}].providerRef.name`);
        if (problem !== undefined) return { problem };
      }
      return { content: routeContent(spec) };
    },

    specFields: (_resource, { backends }) => ({ backends }),

    answersHaveSchema: () => true,

    warnings: (resource, now) => {
      const told = [routeRetiring(source, resource, now), routeProbed(source, resource)];
      return told.filter((each) => each !== undefined);
    },

    recheckMs: (resource, now) => recheckRetiringMs(source, resource, now),
  };
}

function backendProblem(
  source: Source,
  { spec, metadata }: Resource<'ModelRoute'>,
  backend: Backend,
  field: string,
): Problem | undefined {
  const { namespace } = metadata;
  const { name } = backend.providerRef;
  const provider = source.get('ModelProvider', namespace, name);
  if (provider === undefined) {
    const message = `ModelProvider "${name}" does not exist in namespace ${namespace}; create it or correct the name`;
    return { reason: 'ProviderNotFound', field, message };
  }
  const ready = provider.status.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined) {
    return { reason: 'ProviderNotReady', field, message: `waits for ModelProvider "${name}"`, pending: true };
  }
  if (ready.status !== 'True') {
    return {
      reason: 'ProviderNotReady',
      field,
      message: `ModelProvider "${name}" cannot be used: ${ready.message}`,
    };
  }
  const refused = unmetPolicy(spec.privacy?.require, provider.spec.dataPolicy);
  if (refused !== undefined) {
    return { reason: 'ProviderRefused', field, message: `ModelProvider "${name}" ${refused}` };
  }
  return undefined;
}
