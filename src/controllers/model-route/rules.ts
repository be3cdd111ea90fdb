import type { ModelProviderSpec } from '../../api/model-provider.ts';
import type { Backend, ModelRouteSpec } from '../../api/model-route.ts';
import type { Resource } from '../../api/resource.ts';
import { routeContent } from '../../api/revision.ts';
import { ignoredByRoute, unsupportedRoute } from '../../api/unsupported.ts';
import type { Problem } from '../../rollout/pass.ts';
import type { Source } from '../../store/store.ts';
import type { ReleaseKindRules } from '../release/kind.ts';

/** What makes a ModelRoute servable, and what its revisions are made of. */
export function modelRouteRules(source: Source): ReleaseKindRules<'ModelRoute'> {
  return {
    kind: 'ModelRoute',

    async resolve(resource) {
      const { spec } = resource;
      const [unsupported] = unsupportedRoute(spec);
      if (unsupported) {
        return {
          problem: { reason: 'UnsupportedField', field: unsupported.path, message: unsupported.message },
        };
      }
      for (const [at, backend] of spec.backends.entries()) {
        const problem = backendProblem(source, resource, backend, `spec.backends[${at}].providerRef.name`);
        if (problem !== undefined) return { problem };
      }
      return { content: routeContent(spec) };
    },

    specFields: (_resource, { backends }) => ({ backends }),

    answersHaveSchema: () => true,

    ignored: ({ spec, invalid }) => (invalid === undefined ? ignoredByRoute(spec) : []),
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
  const refused = policyProblem(spec, provider.spec);
  if (refused !== undefined) {
    return { reason: 'ProviderRefused', field, message: `ModelProvider "${name}" ${refused}` };
  }
  return undefined;
}

/** What of `privacy.require` the provider does not promise. What it does not say, it does not promise. */
function policyProblem({ privacy }: ModelRouteSpec, { dataPolicy }: ModelProviderSpec): string | undefined {
  const { training, selfHosted, regions } = privacy?.require ?? {};
  if (training === false && dataPolicy?.training !== false) {
    return 'does not promise dataPolicy.training: false, which spec.privacy.require asks for';
  }
  if (selfHosted === true && dataPolicy?.selfHosted !== true) {
    return 'is not declared dataPolicy.selfHosted: true, which spec.privacy.require asks for';
  }
  if (regions !== undefined && !regions.includes(dataPolicy?.region ?? '')) {
    return `is in region ${dataPolicy?.region ?? 'unknown'}, spec.privacy.require asks for ${regions.join(', ')}`;
  }
  return undefined;
}
