import { API_VERSION, GROUP, type Kind, nameOf, type Resource, type Revision } from '../../api/resource.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { refuseSecondVerb, type Store, StoreError } from '../store.ts';
import { ApiError } from './api-error.ts';
import { controllerRevisionOf, readRevision } from './controller-revision.ts';
import { eventRecorder } from './event-recorder.ts';
import { pathOf, pathOfRevisions } from './paths.ts';
import type { RawObject } from './raw-object.ts';
import { readResource } from './read-resource.ts';
import { cachedSource, type KubernetesSource, type KubernetesSourceOptions } from './source.ts';

export interface KubernetesStoreOptions extends KubernetesSourceOptions {
  /** Field manager of what is written. Default `sluice`. */
  manager?: string;
  /** Name of this process in Events: the pod's. Default the manager's. */
  instance?: string;
  /** Term of this leader. */
  epoch: () => number;
  /** Whether this process may still write: false once its lease may be another's. Default: always. */
  mayWrite?: () => boolean;
  /** Told of each Event that was given up on. */
  onEventLost?: () => void;
}

export interface KubernetesStore extends Store, KubernetesSource {}

const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';

/** The API server as a store: for the operator, which writes. */
export function kubernetesStore(options: KubernetesStoreOptions): KubernetesStore {
  const { transport, manager = 'sluice', epoch, mayWrite = () => true } = options;
  const { source, caches } = cachedSource(options);

  const guard = (): void => {
    if (mayWrite()) return;
    throw new StoreError(
      'Unavailable',
      'the lease may be held by another by now: this process writes nothing more',
    );
  };
  const events = eventRecorder({ ...options, instance: options.instance ?? manager, guard });

  const written = <K extends Kind>(kind: K, raw: RawObject): Resource<K> => {
    caches.resources[kind].put(raw);
    return readResource(kind, raw);
  };

  const patchGuarded = async <K extends Kind>(
    resource: Resource<K>,
    operations: object[],
  ): Promise<Resource<K>> => {
    const { kind, metadata } = resource;
    const body = [
      // With its resourceVersion in the patch, the API server answers 409 where the object has changed since.
      { op: 'add', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      ...operations,
    ];
    const query = { fieldManager: manager };
    const request = { method: 'PATCH', path: pathOf(kind, metadata), query, body, guard } as const;
    return written(kind, (await transport.request({ ...request, contentType: JSON_PATCH })) as RawObject);
  };

  return {
    ...source,
    epoch,
    specsAreFiles: false,

    async writeStatus(resource, status) {
      const { kind, metadata } = resource;
      const { name, namespace, resourceVersion } = metadata;
      const raw = await transport.request({
        method: 'PATCH',
        path: `${pathOf(kind, metadata)}/status`,
        query: { fieldManager: manager, force: true },
        contentType: APPLY,
        body: { apiVersion: API_VERSION, kind, metadata: { name, namespace, resourceVersion }, status },
        guard,
      });
      return written(kind, raw as RawObject);
    },

    writeSpecFields(resource, fields) {
      const spec = resource.spec as Record<string, unknown>;
      const operations = Object.entries(fields).flatMap(([field, value]) => {
        const path = `/spec/${pointer(field)}`;
        if (value !== undefined) return [{ op: 'add', path, value }];
        return field in spec ? [{ op: 'remove', path }] : [];
      });
      return patchGuarded(resource, operations);
    },

    async annotate(resource, annotations) {
      refuseSecondVerb(resource);
      const { kind, metadata } = resource;
      const query = { fieldManager: manager };
      // With its uid, it is refused on another object of that name.
      const body = { metadata: { uid: metadata.uid, annotations } };
      const request = { method: 'PATCH', path: pathOf(kind, metadata), query, body, guard } as const;
      written(kind, (await transport.request({ ...request, contentType: MERGE_PATCH })) as RawObject);
    },

    async clearAnnotations(resource, names) {
      const present = names.filter((name) => name in resource.metadata.annotations);
      if (present.length === 0) return;
      try {
        await patchGuarded(
          resource,
          present.map((name) => ({ op: 'remove', path: `/metadata/annotations/${pointer(name)}` })),
        );
      } catch (error) {
        // With the object the annotations are gone too.
        if (!(error instanceof ApiError && error.code === 'NotFound')) throw error;
      }
    },

    async keepRevision(revision) {
      const path = pathOfRevisions(revision.namespace);
      const body = controllerRevisionOf(revision, API_VERSION);
      try {
        const request = { method: 'POST', path, query: { fieldManager: manager }, body, guard } as const;
        caches.revisions.put((await transport.request(request)) as RawObject);
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
        const there = (await transport.request({
          method: 'GET',
          path: `${path}/${revision.name}`,
        })) as RawObject;
        refuseOther(revision, readRevision(there));
        caches.revisions.put(there);
      }
    },

    async dropRevision(revision) {
      const { namespace, name } = revision;
      try {
        await transport.request({ method: 'DELETE', path: `${pathOfRevisions(namespace)}/${name}`, guard });
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 'NotFound')) throw error;
      }
      caches.revisions.drop(namespace, name);
    },

    note: events.note,

    async stop() {
      await events.stop();
      await source.stop();
    },
  };
}

/** Throws where `there`, found under the name of `wanted`, is another's or keeps other content. */
function refuseOther(wanted: Revision, there: Revision | undefined): void {
  const same =
    there?.owner.uid === wanted.owner.uid && canonicalJson(there.content) === canonicalJson(wanted.content);
  if (same) return;
  throw new StoreError(
    'Conflict',
    `ControllerRevision ${nameOf(wanted)} is there but does not keep this revision of ${wanted.owner.kind} ` +
      `${wanted.owner.name}: delete it (label ${GROUP}/kind tells which are Sluice's)`,
  );
}

/** A field's name as a step of a JSON pointer (RFC 6901). */
const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
