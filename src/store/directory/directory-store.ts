import { join, relative, resolve, sep } from 'node:path';
import type { Kind, Resource } from '../../api/resource.ts';
import { nameOf } from '../../api/resource.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { refuseSecondVerb, type Store, StoreError } from '../store.ts';
import { cacheOf, isOwnedBy, objectOf } from './cache.ts';
import { eventLog } from './event-log.ts';
import { follow } from './follow.ts';
import { dropSeen, putVerb, readVerbs, withVerbs } from './inbox.ts';
import { type LiveObject, spend } from './live-object.ts';
import { lockFolder } from './lock.ts';
import { manifestsIn } from './manifests.ts';
import { rewriteManifest } from './rewrite.ts';
import { secretRemedy, secretVariable } from './secrets.ts';
import { serial } from './serial.ts';
import { openState } from './state.ts';
import { type Pace, watchFolder } from './watch.ts';

export interface DirectoryStoreOptions {
  /** Folder of `.yaml`, `.yml` and `.json` files, read with all below it. */
  manifests: string;
  /** Folder for status, revisions and events; made if missing, used by one process at a time. */
  state: string;
  log: Log;
  /** Namespace of an object that names none. Default `default`. */
  namespace?: string;
  now?: () => Date;
  /** Monotonic clock, in ms. */
  monotonic?: () => number;
  /** Where the values of Secrets are. Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  pace?: Partial<Pace & { absenceMs: number }>;
}

export interface DirectoryStore extends Store {
  /** Writes what is under way, stops watching and gives the state folder back. */
  close(): Promise<void>;
}

const PACE = { debounceMs: 100, rescanMs: 2_000, absenceMs: 1_000 };

/**
 * A store over a folder of manifests that users edit, and a state folder that only Sluice writes. Resolves once the folder
 * was read. A manifest that breaks keeps its objects' last good spec, over restarts too.
 * @throws Error where the state folder is in use or cannot be written.
 */
export async function directoryStore(options: DirectoryStoreOptions): Promise<DirectoryStore> {
  const giveBack = lockFolder(options.state);
  try {
    return await open(options, giveBack);
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Runs a write to the state folder; what the file system says of it becomes a StoreError. */
async function written(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new StoreError('Unavailable', `state folder cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function open(options: DirectoryStoreOptions, giveBack: () => void): Promise<DirectoryStore> {
  const { manifests: folder, state: stateFolder, log, namespace = 'default', env = process.env } = options;
  const { now = () => new Date(), monotonic = () => performance.now() } = options;
  const pace = { ...PACE, ...options.pace };
  const state = await openState(stateFolder, log);
  const cache = cacheOf(state, log);
  const events = eventLog(stateFolder, log);
  const readManifests = manifestsIn({ folder, skip: stateFolder, namespace, log });
  const inTurn = serial();
  const followOptions = { cache, state, log, now, monotonic, absenceMs: pace.absenceMs };
  const look = () =>
    inTurn(async () => {
      const said = await readManifests();
      return follow(withVerbs(said, await readVerbs(stateFolder, log)), followOptions);
    });
  const backups = join(stateFolder, 'backups');

  /** The object as it is now, if the one handed in is the same still. */
  function current(resource: Resource): LiveObject {
    const { namespace, name, uid, resourceVersion } = resource.metadata;
    const live = objectOf(cache, resource.kind, namespace, name);
    const what = `${resource.kind} ${namespace}/${name}`;
    if (live?.resource.metadata.uid !== uid) throw new StoreError('NotFound', `${what} is gone`);
    if (live.resource.metadata.resourceVersion === resourceVersion) return live;
    throw new StoreError('Conflict', `${what} has changed since resourceVersion ${resourceVersion}`);
  }

  await look();
  const stateBelow = relative(resolve(folder), resolve(stateFolder));
  const isState = (path: string) => path === stateBelow || path.startsWith(`${stateBelow}${sep}`);
  const stop = watchFolder(folder, isState, pace, look, log);

  return {
    specsAreFiles: true,
    synced: () => Promise.resolve(),
    epoch: () => state.epoch,
    subscribe: cache.subscribe,
    get: <K extends Kind>(kind: K, namespace: string, name: string) =>
      objectOf(cache, kind, namespace, name)?.resource as Resource<K> | undefined,
    list: <K extends Kind>(kind: K) =>
      [...cache.objects.values()]
        .map(({ resource }) => resource)
        .filter((each) => each.kind === kind) as Resource<K>[],
    revisions: (owner) =>
      [...cache.revisions.values()].filter((revision) => owner === undefined || isOwnedBy(revision, owner)),
    revision: (namespace, name) => cache.revisions.get(nameOf({ namespace, name })),
    secret: async (namespace, name, key) => env[secretVariable(namespace, name, key)] || undefined,
    secretRemedy,
    configMap: async (namespace, name, key) => cache.configMaps.get(nameOf({ namespace, name }))?.data[key],

    writeStatus: (resource, status) =>
      inTurn(async () => {
        const live = current(resource);
        if (canonicalJson(live.resource.status) === canonicalJson(status)) return resource;
        const metadata = { ...live.resource.metadata, resourceVersion: cache.nextVersion() };
        const after = { ...live, resource: { ...live.resource, metadata, status } as Resource };
        await written(() => state.saveObject(after));
        cache.putObject(after);
        return after.resource as typeof resource;
      }),
    async writeSpecFields(resource, fields) {
      await inTurn(() => rewriteManifest(current(resource), fields, { folder, backups, now: now() }));
      await look();
      const { kind, metadata } = resource;
      const after = objectOf(cache, kind, metadata.namespace, metadata.name)?.resource;
      if (after === undefined) throw new StoreError('NotFound', `${kind} ${nameOf(metadata)} is gone`);
      return after as typeof resource;
    },
    async annotate(resource, annotations) {
      refuseSecondVerb(resource);
      const { kind, metadata } = resource;
      let put = false;
      await written(async () => {
        put = await putVerb(stateFolder, { kind, ...metadata }, annotations);
      });
      if (!put) throw new StoreError('Conflict', `another verb waits on ${kind} ${nameOf(metadata)}`);
    },
    clearAnnotations: (resource, names) =>
      inTurn(async () => {
        const live = current(resource);
        if (!names.some((name) => name in live.resource.metadata.annotations)) return;
        const after = spend(live, names, cache.nextVersion());
        await written(async () => {
          await state.saveObject(after);
          await dropSeen(stateFolder, { kind: resource.kind, ...live.resource.metadata });
        });
        cache.putObject(after);
      }),
    keepRevision: (revision) =>
      inTurn(async () => {
        const kept = cache.revisions.get(nameOf(revision));
        if (kept?.owner.uid === revision.owner.uid) return;
        await written(() => state.saveRevision(revision));
        cache.putRevision(revision);
      }),
    dropRevision: (revision) =>
      inTurn(async () => {
        const kept = cache.revisions.get(nameOf(revision));
        if (kept === undefined) return;
        await written(() => state.dropRevision(kept));
        cache.dropRevision(kept);
      }),
    note: (event) => events.note(event, now()),

    async close() {
      await stop();
      await inTurn(async () => {});
      await events.flush();
      giveBack();
    },
  };
}
