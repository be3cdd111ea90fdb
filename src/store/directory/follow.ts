import { type Log, messageOf } from '../../lib/log.ts';
import type { Cache } from './cache.ts';
import {
  adopt,
  differs,
  differsOnDisk,
  keyOf,
  keyOfResource,
  type LiveObject,
  suspend,
} from './live-object.ts';
import type { ManifestObject } from './manifest-file.ts';
import type { Manifests } from './manifests.ts';
import type { State } from './state.ts';

export interface FollowOptions {
  cache: Cache;
  state: State;
  log: Log;
  now: () => Date;
  /** Monotonic clock, in ms. */
  monotonic: () => number;
  /** How long no file must speak of an object until it is deleted, in ms. */
  absenceMs: number;
}

/**
 * Brings the cache and the state folder to what the manifests say. Says in how
 * many ms another look is due, where a deletion is still to be confirmed. An object that cannot be written down is logged and tried at the next look.
 */
export async function follow(manifests: Manifests, options: FollowOptions): Promise<number | undefined> {
  const { cache, log, monotonic, absenceMs } = options;
  let unsettled = false;
  cache.putConfigMaps(manifests.configMaps);
  for (const [key, object] of manifests.objects) {
    const holder = cache.objects.get(key)?.file;
    // The same object in a second file must not step in while the first is half-written.
    if (holder !== undefined && holder !== object.file && manifests.problemOf(holder) !== undefined) continue;
    await attempt(log, object, () => take(object, options));
  }
  for (const [key, live] of [...cache.objects]) {
    const problem = manifests.problemOf(live.file);
    if (problem === undefined && manifests.objects.has(key)) continue;
    if (problem !== undefined) {
      const { invalid } = live.resource;
      if (invalid !== problem) cache.putObject(suspend(live, problem, cache.nextVersion()));
      continue;
    }
    if (manifests.isUnreadable(live.file)) continue;
    // Editors and version control remove a file before they write it anew, and write it in parts.
    live.missingSince ??= monotonic();
    if (monotonic() - live.missingSince < absenceMs) unsettled = true;
    else await attempt(log, live.resource.metadata, () => remove(live, options));
  }
  await dropOrphans(options);
  return unsettled ? absenceMs : undefined;
}

async function take(object: ManifestObject, { cache, state, now, log }: FollowOptions): Promise<void> {
  const before = cache.objects.get(keyOf(object.kind, object.namespace, object.name));
  if (before?.from === object) {
    delete before.missingSince;
    return;
  }
  const after = adopt(object, before, { resourceVersion: cache.nextVersion(), now: now() });
  if (before === undefined || differsOnDisk(before, after)) await state.saveObject(after);
  if (before !== undefined && !differs(before, after)) {
    before.from = object;
    delete before.missingSince;
    return;
  }
  cache.putObject(after);
  const { namespace, name, generation } = after.resource.metadata;
  log.debug(
    { kind: object.kind, namespace, name, generation, file: object.file },
    'taken over from its file',
  );
}

async function remove({ resource }: LiveObject, { cache, state, log }: FollowOptions): Promise<void> {
  await state.dropObject(resource);
  cache.dropObject(resource);
  log.info({ object: keyOfResource(resource) }, 'deleted: no file speaks of it any more');
}

/** Revisions go with their owner, as the API server's garbage collector has it. */
async function dropOrphans({ cache, state, log }: FollowOptions): Promise<void> {
  if (cache.revisions.size === 0) return;
  const owners = new Set([...cache.objects.values()].map(({ resource }) => resource.metadata.uid));
  for (const revision of [...cache.revisions.values()]) {
    if (owners.has(revision.owner.uid)) continue;
    await attempt(log, revision, async () => {
      await state.dropRevision(revision);
      cache.dropRevision(revision);
    });
  }
}

async function attempt(
  log: Log,
  { namespace, name }: { namespace: string; name: string },
  work: () => Promise<void>,
) {
  try {
    await work();
  } catch (error) {
    log.error({ namespace, name, error: messageOf(error) }, 'state folder could not be written: tried again');
  }
}
