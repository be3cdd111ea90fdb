import { parseSpec } from '../../api/parse-spec.ts';
import { summaryOf } from '../../api/problem.ts';
import type { Kind, Metadata, Resource, SpecOf, StatusOf } from '../../api/resource.ts';
import { STATUSES } from '../../api/schemas.ts';
import { lenient } from './lenient.ts';
import type { RawMetadata, RawObject } from './raw-object.ts';

/** A live object as the rest of the program knows it. Never throws: what does not parse is `invalid`, with why. */
export function readResource<K extends Kind>(kind: K, raw: RawObject): Resource<K> {
  const metadata = readMetadata(raw.metadata);
  const status = lenient(STATUSES[kind], raw.status ?? {}) ?? ({} as StatusOf[K]);
  const { spec, problems } = parseSpec(kind, raw.spec, { strict: false });
  if (problems === undefined) return { kind, metadata, spec, status };
  const invalid = summaryOf(problems).slice(0, 1024);
  return { kind, metadata, spec: (raw.spec ?? {}) as SpecOf[K], status, invalid };
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
