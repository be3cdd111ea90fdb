import type { ModelProviderSpec } from './model-provider.ts';
import type { ModelRouteSpec } from './model-route.ts';

/** What a route requires of the data policies of its providers. */
export type RequiredPolicy = NonNullable<ModelRouteSpec['privacy']>['require'];

/**
 * What a route requires of a provider's data policy and the provider does not promise, in words that follow its name.
 * What it does not say, it does not promise.
 */
export function unmetPolicy(
  required: RequiredPolicy,
  promised: ModelProviderSpec['dataPolicy'],
): string | undefined {
  const { training, selfHosted, regions } = required ?? {};
  if (training === false && promised?.training !== false) {
    return 'does not promise dataPolicy.training: false, which spec.privacy.require asks for';
  }
  if (selfHosted === true && promised?.selfHosted !== true) {
    return 'is not declared dataPolicy.selfHosted: true, which spec.privacy.require asks for';
  }
  if (regions !== undefined && !regions.includes(promised?.region ?? '')) {
    return `is in region ${promised?.region ?? 'unknown'}, spec.privacy.require asks for ${regions.join(', ')}`;
  }
  return undefined;
}
