import { unmetPolicy } from '../../api/data-policy.ts';
import type { Resource } from '../../api/resource.ts';
import type { Source } from '../../store/store.ts';

/**
 * Why a suite may not see calls of a route, in words: whoever judges must promise what the route requires of those who answer.
 */
export function privacyProblem(
  source: Pick<Source, 'get'>,
  { metadata: { namespace }, spec }: Resource<'EvalSuite'>,
  routeName: string,
): string | undefined {
  const route = source.get('ModelRoute', namespace, routeName);
  if (route === undefined || route.invalid !== undefined) return `ModelRoute ${routeName} cannot be read`;
  const required = route.spec.privacy?.require;
  if (required === undefined) return undefined;
  if (spec.assert?.some(({ type }) => type.endsWith('webhook')))
    return `a webhook promises nothing about data, and ModelRoute ${routeName} has spec.privacy.require`;
  if (spec.judge === undefined) return undefined;
  const { name } = spec.judge.providerRef;
  const provider = source.get('ModelProvider', namespace, name);
  const unmet = unmetPolicy(required, provider?.spec?.dataPolicy);
  return unmet === undefined
    ? undefined
    : `ModelRoute ${routeName}: its judge ModelProvider ${name} ${unmet}`;
}
