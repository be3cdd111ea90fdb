import { KIND_NAMES, type Kind, type Resource, type Revision } from '../../api/resource.ts';
import { type Log, messageOf, silentLog } from '../../lib/log.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Change, Source } from '../store.ts';
import { ApiError } from './api-error.ts';
import { type CacheChange, type ObjectCache, objectCache } from './cache.ts';
import { KIND_LABEL, readRevision } from './controller-revision.ts';
import { pathOfCore, pathOfKind, pathOfRevisions } from './paths.ts';
import type { RawObject } from './raw-object.ts';
import { readResource } from './read-resource.ts';
import { type Reflector, reflector } from './reflector.ts';
import { revisionIndex } from './revision-index.ts';
import type { Transport } from './transport.ts';

export interface KubernetesSourceOptions {
  transport: Transport;
  /** Only this namespace is looked at. Default: all. */
  namespace?: string;
  log?: Log;
  /** How often each kind is checked against a list. Default 10 min. */
  checkMs?: number;
  /** Told after each check how many changes the watch of that kind had missed. */
  onChecked?: (kind: Kind | 'Revision', missed: number) => void;
  timers?: Timers;
  random?: () => number;
}

/** The API server as a source: what the gateway needs, and no more. */
export interface KubernetesSource extends Source {
  /** Begins to list and to watch. */
  start(): void;
  stop(): Promise<void>;
}

/** The caches under a source, for writers to put what they have just written. */
export interface Caches {
  resources: { [K in Kind]: ObjectCache<Resource<K>> };
  revisions: ObjectCache<Revision>;
}

/** A source and its caches. */
export function cachedSource(options: KubernetesSourceOptions): { source: KubernetesSource; caches: Caches } {
  const { transport, namespace, log = silentLog } = options;
  const listeners = new Set<(change: Change) => void>();
  const index = revisionIndex();

  const tell = (change: Change): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error({ change, error: messageOf(error) }, 'a listener of changes failed');
      }
    }
  };

  const cacheOf = <K extends Kind>(kind: K): ObjectCache<Resource<K>> =>
    objectCache(
      (raw) => readResource(kind, raw),
      ({ before, after }) => {
        const { metadata } = (after ?? before)!;
        tell({ kind, namespace: metadata.namespace, name: metadata.name });
      },
    );

  const caches: Caches = {
    resources: {
      PromptRelease: cacheOf('PromptRelease'),
      ModelRoute: cacheOf('ModelRoute'),
      ModelProvider: cacheOf('ModelProvider'),
      EvalSuite: cacheOf('EvalSuite'),
    },
    revisions: objectCache(readRevision, ({ before, after }: CacheChange<Revision>) => {
      index.change(before, after);
      const { namespace, name, owner } = (after ?? before)!;
      tell({ kind: 'Revision', namespace, name, owner: { kind: owner.kind, name: owner.name } });
    }),
  };

  const { checkMs, timers, random, onChecked } = options;
  const shared = {
    transport,
    log,
    ...(checkMs && { checkMs }),
    ...(timers && { timers }),
    ...(random && { random }),
  };
  const reflectors: Reflector[] = [
    ...KIND_NAMES.map((kind) =>
      reflector({
        ...shared,
        path: pathOfKind(kind, namespace),
        cache: caches.resources[kind] as ObjectCache<unknown>,
        onChecked: (missed) => onChecked?.(kind, missed),
      }),
    ),
    reflector({
      ...shared,
      path: pathOfRevisions(namespace),
      labelSelector: KIND_LABEL,
      cache: caches.revisions as ObjectCache<unknown>,
      onChecked: (missed) => onChecked?.('Revision', missed),
    }),
  ];

  const source: KubernetesSource = {
    start() {
      for (const each of reflectors) each.start();
    },
    async stop() {
      await Promise.all(reflectors.map((each) => each.stop()));
    },
    async synced() {
      await Promise.all(reflectors.map((each) => each.synced));
    },
    get: (kind, namespace, name) => caches.resources[kind].get(namespace, name),
    list: (kind) => caches.resources[kind].values(),
    revisions: (owner) => (owner ? index.of(owner) : caches.revisions.values()),
    revision: (namespace, name) => caches.revisions.get(namespace, name),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async secret(namespace, name, key) {
      const secret = await getIfThere(transport, pathOfCore('secrets', namespace, name));
      const value = (secret?.data as Record<string, string> | undefined)?.[key];
      // A key typed or echoed into a file ends with a line break that belongs to no key.
      return value === undefined ? undefined : fromBase64(value).replace(/\r?\n$/, '');
    },
    // The value comes by a pipe from a prompt without echo: it is in no command line and no shell history. A Secret that is
    // there keeps its other keys: `kubectl apply` would take away those that were applied before.
    secretRemedy: (namespace, name, key) =>
      `run: read -rs VALUE; kubectl create secret generic ${name} --namespace=${namespace} 2>/dev/null; ` +
      `printf '{"data":{"${key}":"%s"}}' "$(printf %s "$VALUE" | base64 | tr -d '\\n')" | ` +
      `kubectl patch secret ${name} --namespace=${namespace} --patch-file=/dev/stdin`,
    async configMap(namespace, name, key) {
      const configMap = await getIfThere(transport, pathOfCore('configmaps', namespace, name));
      const { data, binaryData } = (configMap ?? {}) as Record<string, Record<string, string> | undefined>;
      const binary = binaryData?.[key];
      return data?.[key] ?? (binary === undefined ? undefined : fromBase64(binary));
    },
  };
  return { source, caches };
}

/** The API server as a source for who only reads. */
export const kubernetesSource = (options: KubernetesSourceOptions): KubernetesSource =>
  cachedSource(options).source;

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

async function getIfThere(transport: Transport, path: string): Promise<RawObject | undefined> {
  try {
    return (await transport.request({ method: 'GET', path })) as RawObject;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NotFound') return undefined;
    throw error;
  }
}
