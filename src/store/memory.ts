import type { Kind, Metadata, ReleaseKind, Resource, Revision, SpecOf, StatusOf } from '../api/resource.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { type Change, type EventNote, isOwnedBy, refuseSecondVerb, type Store, StoreError } from './store.ts';

/** An object as a user would write it. */
export interface Put<K extends Kind> {
  kind: K;
  metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    managers?: string[];
  };
  spec: SpecOf[K];
  invalid?: string;
}

export interface MemoryStore extends Store {
  /** Applies an object: a changed spec grows its generation, its status stays. */
  put<K extends Kind>(object: Put<K>): Resource<K>;
  remove(kind: Kind, namespace: string, name: string): void;
  /** Every write that was asked for, in order. */
  writes: string[];
  events: EventNote[];
  /** By `namespace/name/key`. */
  secrets: Map<string, string>;
  configMaps: Map<string, string>;
  /** Makes the next write fail. */
  failNextWrite(error: StoreError): void;
  specsAreFiles: boolean;
}

/** The whole store in memory, for tests of what stands on it. */
export function memoryStore(): MemoryStore {
  const objects = new Map<string, Resource>();
  const revisions = new Map<string, Revision>();
  const listeners = new Set<(change: Change) => void>();
  const [writes, events]: [string[], EventNote[]] = [[], []];
  const [secrets, configMaps] = [new Map<string, string>(), new Map<string, string>()];
  let version = 0;
  // Counted rather than drawn, so that a test's calls fall to the same revision each time.
  let uids = 0;
  let failure: StoreError | undefined;

  const keyOf = (kind: Kind, namespace: string, name: string) => `${kind}/${namespace}/${name}`;
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change);
  };
  const save = <K extends Kind>(resource: Resource<K>): Resource<K> => {
    const { kind, metadata } = resource;
    objects.set(keyOf(kind, metadata.namespace, metadata.name), resource);
    tell({ kind, namespace: metadata.namespace, name: metadata.name });
    return resource;
  };
  const write = <K extends Kind>(what: string, { kind, metadata }: Resource<K>): Resource<K> => {
    writes.push(`${what} ${kind} ${metadata.namespace}/${metadata.name}`);
    const error = failure;
    failure = undefined;
    if (error !== undefined) throw error;
    const live = objects.get(keyOf(kind, metadata.namespace, metadata.name)) as Resource<K> | undefined;
    if (live === undefined || live.metadata.uid !== metadata.uid)
      throw new StoreError('NotFound', `${metadata.name} is gone`);
    if (live.metadata.resourceVersion !== metadata.resourceVersion) {
      throw new StoreError('Conflict', `${metadata.name} has changed`);
    }
    return live;
  };
  const next = (metadata: Metadata, over: Partial<Metadata> = {}): Metadata => ({
    ...metadata,
    ...over,
    resourceVersion: String(++version),
  });

  const store: MemoryStore = {
    writes,
    events,
    secrets,
    configMaps,
    specsAreFiles: false,
    put<K extends Kind>({ kind, metadata, spec, invalid }: Put<K>) {
      const { name, namespace = 'default', annotations = {}, labels = {}, managers = [] } = metadata;
      const live = objects.get(keyOf(kind, namespace, name)) as Resource<K> | undefined;
      const same = live !== undefined && canonicalJson(live.spec) === canonicalJson(spec);
      const generation = live === undefined ? 1 : live.metadata.generation + (same ? 0 : 1);
      const created: Metadata = {
        name,
        namespace,
        uid: live?.metadata.uid ?? `uid-${++uids}`,
        resourceVersion: String(++version),
        generation,
        labels,
        annotations,
        managers,
      };
      const status = (live?.status ?? {}) as StatusOf[K];
      return save({ kind, metadata: created, spec, status, ...(invalid !== undefined && { invalid }) });
    },
    remove(kind, namespace, name) {
      objects.delete(keyOf(kind, namespace, name));
      tell({ kind, namespace, name });
    },
    failNextWrite(error) {
      failure = error;
    },

    synced: async () => {},
    get: <K extends Kind>(kind: K, namespace: string, name: string) =>
      objects.get(keyOf(kind, namespace, name)) as Resource<K> | undefined,
    list: <K extends Kind>(kind: K) =>
      [...objects.values()].filter((each) => each.kind === kind) as Resource<K>[],
    revisions: (owner) => [...revisions.values()].filter((each) => isOwnedBy(each, owner)),
    revision: (namespace, name) => revisions.get(`${namespace}/${name}`),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    secret: async (namespace, name, key) => secrets.get(`${namespace}/${name}/${key}`),
    secretRemedy: (namespace, name, key) => `put ${namespace}/${name}/${key} into the memory store`,
    configMap: async (namespace, name, key) => configMaps.get(`${namespace}/${name}/${key}`),
    epoch: () => 1,
    async writeStatus<K extends Kind>(resource: Resource<K>, status: StatusOf[K]) {
      const live = write('status', resource);
      return save({ ...live, metadata: next(live.metadata), status: structuredClone(status) });
    },
    async writeSpecFields<K extends Kind>(resource: Resource<K>, fields: Record<string, unknown>) {
      const live = write('spec', resource);
      const spec: Record<string, unknown> = { ...live.spec };
      for (const [name, value] of Object.entries(fields)) {
        if (value === undefined) delete spec[name];
        else spec[name] = value;
      }
      const metadata = next(live.metadata, { generation: live.metadata.generation + 1 });
      return save({ ...live, metadata, spec: spec as SpecOf[K] });
    },
    async annotate(resource, annotations) {
      const { kind, metadata } = resource;
      const current = objects.get(keyOf(kind, metadata.namespace, metadata.name)) ?? resource;
      const live = write('annotations', current);
      refuseSecondVerb(live);
      const after = { ...live.metadata.annotations, ...annotations };
      save({ ...live, metadata: next(live.metadata, { annotations: after }) });
    },
    async clearAnnotations(resource, names) {
      const live = write('annotations', resource);
      const annotations = Object.fromEntries(
        Object.entries(live.metadata.annotations).filter(([name]) => !names.includes(name)),
      );
      save({ ...live, metadata: next(live.metadata, { annotations }) });
    },
    async keepRevision(revision: Revision) {
      const key = `${revision.namespace}/${revision.name}`;
      if (revisions.has(key)) return;
      writes.push(`revision ${key}`);
      revisions.set(key, revision);
      tell(changeOf(revision));
    },
    async dropRevision(revision) {
      revisions.delete(`${revision.namespace}/${revision.name}`);
      tell(changeOf(revision));
    },
    note: (event) => void events.push(event),
  };
  return store;
}

function changeOf({ namespace, name, owner }: Revision<ReleaseKind>): Change {
  return { kind: 'Revision', namespace, name, owner };
}
