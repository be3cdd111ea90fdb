import { type Kind, nameOf, type ReleaseKind, type Resource, type Revision } from '../../api/resource.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import type { Change } from '../store.ts';
import { keyOf, keyOfResource, type LiveObject } from './live-object.ts';
import type { ConfigMapData } from './manifest-file.ts';
import type { State } from './state.ts';

/** The live objects and revisions in memory, and who listens to them. */
export interface Cache {
  /** By `keyOf`. */
  objects: ReadonlyMap<string, LiveObject>;
  /** By `namespace/name`. */
  revisions: ReadonlyMap<string, Revision>;
  configMaps: ReadonlyMap<string, ConfigMapData>;
  /** A resourceVersion higher than every one before it. */
  nextVersion(): string;
  putObject(object: LiveObject): void;
  dropObject(resource: Resource): void;
  putRevision(revision: Revision): void;
  dropRevision(revision: Revision): void;
  /** Puts the ConfigMaps in place; the PromptReleases that take their prompt from one that changed are announced. */
  putConfigMaps(configMaps: ReadonlyMap<string, ConfigMapData>): void;
  subscribe(listener: (change: Change) => void): () => void;
}

/** A cache that begins with what a state folder held. */
export function cacheOf(state: Pick<State, 'objects' | 'revisions'>, log: Log): Cache {
  const objects = new Map<string, LiveObject>(
    state.objects.map((kept) => [keyOfResource(kept.resource), kept]),
  );
  const revisions = new Map(state.revisions.map((revision) => [nameOf(revision), revision]));
  const listeners = new Set<(change: Change) => void>();
  let configMaps: ReadonlyMap<string, ConfigMapData> = new Map();
  let version = Math.max(
    0,
    ...state.objects.map(({ resource }) => Number(resource.metadata.resourceVersion)),
  );

  function announce(change: Change): void {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error({ change, error: messageOf(error) }, 'a listener of the store failed');
      }
    }
  }
  const announceObject = ({ kind, metadata: { namespace, name } }: Resource) =>
    announce({ kind, namespace, name });
  const announceRevision = ({ namespace, name, owner }: Revision) =>
    announce({ kind: 'Revision', namespace, name, owner: { kind: owner.kind, name: owner.name } });

  return {
    objects,
    revisions,
    get configMaps() {
      return configMaps;
    },
    nextVersion: () => String(++version),
    putObject(object) {
      objects.set(keyOfResource(object.resource), object);
      announceObject(object.resource);
    },
    dropObject(resource) {
      objects.delete(keyOfResource(resource));
      announceObject(resource);
    },
    putRevision(revision) {
      revisions.set(nameOf(revision), revision);
      announceRevision(revision);
    },
    dropRevision(revision) {
      revisions.delete(nameOf(revision));
      announceRevision(revision);
    },
    putConfigMaps(next) {
      const before = configMaps;
      configMaps = next;
      for (const { resource } of objects.values()) {
        const name = configMapOf(resource);
        if (name === undefined) continue;
        const key = nameOf({ namespace: resource.metadata.namespace, name });
        if (!sameData(before.get(key)?.data, next.get(key)?.data)) announceObject(resource);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Name of the ConfigMap that a PromptRelease takes its prompt from. */
function configMapOf(resource: Resource): string | undefined {
  if (resource.kind !== 'PromptRelease') return undefined;
  const { promptFrom } = resource.spec as Resource<'PromptRelease'>['spec'];
  return promptFrom?.configMapKeyRef?.name;
}

function sameData(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Whether a revision belongs to an owner. */
export const isOwnedBy = (
  { namespace, owner }: Revision,
  by: { kind: ReleaseKind; namespace: string; name: string },
): boolean => namespace === by.namespace && owner.kind === by.kind && owner.name === by.name;

export const objectOf = (cache: Cache, kind: Kind, namespace: string, name: string): LiveObject | undefined =>
  cache.objects.get(keyOf(kind, namespace, name));
