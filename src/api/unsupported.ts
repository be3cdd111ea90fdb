import type { ModelRouteSpec } from './model-route.ts';

/** Fields that are accepted and not yet acted on, without breaking a promise: said in a condition. */
export function ignoredByRoute({ cache }: ModelRouteSpec): string[] {
  return cache === undefined ? [] : ['spec.cache'];
}
