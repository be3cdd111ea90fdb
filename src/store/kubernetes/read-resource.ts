import type { z } from 'zod';
import { ModelProviderSpec, ModelProviderStatus } from '../../api/model-provider.ts';
import { ModelRouteSpec } from '../../api/model-route.ts';
import { PromptReleaseSpec } from '../../api/prompt-release.ts';
import type { Kind, Metadata, Resource, SpecOf, StatusOf } from '../../api/resource.ts';
import { ReleaseStatus } from '../../api/status.ts';
import { lenient } from './lenient.ts';
import type { RawMetadata, RawObject } from './raw-object.ts';

const SPECS: { [K in Kind]: z.ZodType<SpecOf[K]> } = {
  PromptRelease: PromptReleaseSpec,
  ModelRoute: ModelRouteSpec,
  ModelProvider: ModelProviderSpec,
};
const STATUSES: { [K in Kind]: z.ZodType<StatusOf[K]> } = {
  PromptRelease: ReleaseStatus,
  ModelRoute: ReleaseStatus,
  ModelProvider: ModelProviderStatus,
};

/** A live object as the rest of the program knows it. Never throws: what does not parse is `invalid`, with why. */
export function readResource<K extends Kind>(kind: K, raw: RawObject): Resource<K> {
  const metadata = readMetadata(raw.metadata);
  const status = lenient(STATUSES[kind], raw.status ?? {}) ?? ({} as StatusOf[K]);
  const spec = SPECS[kind].safeParse(raw.spec);
  if (spec.success) return { kind, metadata, spec: spec.data as SpecOf[K], status };
  return { kind, metadata, spec: (raw.spec ?? {}) as SpecOf[K], status, invalid: why(spec.error) };
}

/** Field path and fault of the first issue, and how many more there are. */
function why({ issues }: z.ZodError): string {
  const [first] = issues;
  if (!first) return 'spec: does not satisfy the schema';
  const path = first.path.reduce<string>(
    (before, each) => (typeof each === 'number' ? `${before}[${each}]` : `${before}.${String(each)}`),
    'spec',
  );
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${path}: ${first.message}${more}`.slice(0, 1024);
}

// Holds the whole object a second time, and nothing here reads it.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function readMetadata(raw: RawMetadata): Metadata {
  const { [LAST_APPLIED]: _dropped, ...annotations } = raw.annotations ?? {};
  const { creationTimestamp, deletionTimestamp } = raw;
  return {
    name: raw.name,
    namespace: raw.namespace ?? '',
    uid: raw.uid ?? '',
    resourceVersion: raw.resourceVersion,
    generation: raw.generation ?? 0,
    labels: raw.labels ?? {},
    annotations,
    managers: managersOf(raw),
    ...(creationTimestamp && { creationTimestamp }),
    ...(deletionTimestamp && { deletionTimestamp }),
  };
}

/** Those who own a part of spec or metadata; who only writes the status owns nothing of the user's. */
function managersOf({ managedFields = [] }: RawMetadata): string[] {
  const names = managedFields.flatMap(({ manager, subresource }) =>
    manager && !subresource ? [manager] : [],
  );
  return [...new Set(names)];
}
