import type { ModelRouteSpec } from './model-route.ts';

/** Fields that are accepted and not yet acted on, without breaking a promise: said in a condition. */
export function ignoredByRoute({ cache, privacy }: ModelRouteSpec): string[] {
  const logged = privacy?.logContent;
  return [
    ...(cache === undefined ? [] : ['spec.cache']),
    ...(logged === 'Redacted' || logged === 'Full' ? ['spec.privacy.logContent'] : []),
  ];
}
