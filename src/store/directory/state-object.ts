import { dump, load } from 'js-yaml';
import { z } from 'zod';
import { API_VERSION, KIND_NAMES, type Kind, type Resource } from '../../api/resource.ts';
import { objectName } from '../../api/schema.ts';
import { STATUSES } from '../../api/schemas.ts';

/** The manifest that an object came from, relative to the manifests folder. */
const MANIFEST = 'sluice.dev/manifest';
/** The annotations that were acted on while the manifest still has them, as JSON. */
const SPENT = 'sluice.dev/acted-on';

/** What the state folder keeps of one object. */
export interface KeptObject {
  resource: Resource;
  file: string;
  /** Whether `resource.spec` has passed the schema: the last good one, to go on with if the file breaks. */
  good: boolean;
  /** Annotations of the manifest that were acted on, with their values: not shown while the manifest keeps them so. */
  spent?: Record<string, string>;
}

const Spent = z.record(z.string(), z.string());

const StateObject = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.enum(KIND_NAMES as [Kind, ...Kind[]]),
  metadata: z.object({
    name: objectName(),
    namespace: objectName(),
    uid: z.string().min(1),
    generation: z.int().min(1),
    resourceVersion: z.string().regex(/^[0-9]+$/),
    creationTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  status: z.record(z.string(), z.unknown()),
});

/** An object as `kubectl get -o yaml` would show it. */
export function formatObject({ resource, file, good, spent }: KeptObject): string {
  const { kind, metadata, spec, status } = resource;
  const { managers: _, annotations, labels, ...rest } = metadata;
  return dump(
    {
      apiVersion: API_VERSION,
      kind,
      metadata: {
        ...rest,
        ...(Object.keys(labels).length > 0 && { labels }),
        annotations: { ...annotations, [MANIFEST]: file, ...(spent && { [SPENT]: JSON.stringify(spent) }) },
      },
      ...(good && { spec }),
      status,
    },
    { noRefs: true, lineWidth: 120 },
  );
}

/**
 * Reads what `formatObject` wrote.
 * @throws Error where it is damaged.
 */
export function parseObject(text: string): KeptObject {
  const { kind, metadata, spec, status } = StateObject.parse(load(text));
  const { annotations = {}, labels = {}, creationTimestamp, ...rest } = metadata;
  const checked = STATUSES[kind].safeParse(status);
  // A field of a newer version is no damage.
  const damage = checked.error?.issues.find((issue) => issue.code !== 'unrecognized_keys');
  if (damage) throw new Error(`status.${damage.path.join('.')}: ${damage.message}`);
  const { [MANIFEST]: file = '', [SPENT]: acted, ...own } = annotations;
  const spent = acted === undefined ? undefined : Spent.parse(JSON.parse(acted));
  const resource = {
    kind,
    metadata: {
      ...rest,
      labels,
      annotations: own,
      managers: [],
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: spec ?? {},
    status,
  };
  return {
    resource: resource as unknown as Resource,
    file,
    good: spec !== undefined,
    ...(spent && { spent }),
  };
}
