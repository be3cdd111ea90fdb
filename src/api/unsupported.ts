import type { ModelRouteSpec } from './model-route.ts';

/** A field that the API has and this version does not act on. */
export interface Unsupported {
  path: string;
  message: string;
}

/**
 * Fields whose silence would break a promise: personal data that leaves. An object with one of them is not rolled out.
 */
export function unsupportedRoute({ privacy }: ModelRouteSpec): Unsupported[] {
  const found: Unsupported[] = [];
  if ((privacy?.redact ?? []).length > 0) {
    found.push(
      not('spec.privacy.redact', 'redaction is not supported by this version; nothing is sent unredacted'),
    );
  }
  return found;
}

/** Fields that are accepted and not yet acted on, without breaking a promise: said in a condition. */
export function ignoredByRoute({ cache, privacy }: ModelRouteSpec): string[] {
  const logged = privacy?.logContent;
  return [
    ...(cache === undefined ? [] : ['spec.cache']),
    ...(logged === 'Redacted' || logged === 'Full' ? ['spec.privacy.logContent'] : []),
  ];
}

function not(path: string, message: string): Unsupported {
  return { path, message };
}
