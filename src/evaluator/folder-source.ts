import { join } from 'node:path';
import { nameOf } from '../api/resource.ts';
import type { AskedRelease } from '../gateway/ask.ts';
import type { Log } from '../lib/log.ts';
import { keyOf } from '../store/directory/live-object.ts';
import { manifestsIn } from '../store/directory/manifests.ts';
import { readState } from '../store/directory/state.ts';
import { type ManifestSource, manifestSource, type Variables } from './manifest-source.ts';

export interface FolderOptions {
  /** Folder of manifests, read once with all below it. */
  manifests: string;
  /** State folder of `sluice run`, of which kept revisions are read. Default: `.state` below the manifests. */
  state?: string | undefined;
  /** Namespace of an object that names none. Default `default`. */
  namespace?: string | undefined;
  log: Log;
  /** Where the values of Secrets are. Default `process.env`. */
  env?: Variables;
}

/** A folder of manifests to be asked, with no cluster and nothing that runs. */
export interface FolderSource extends ManifestSource {
  /** The stable revision that the state folder knows; undefined where it knows none. */
  stable(release: AskedRelease): string | undefined;
}

/**
 * Reads a folder of manifests, and what a state folder keeps of its revisions. Writes nothing.
 * @throws Error naming a file of the state folder that is damaged
 */
export async function folderSource(options: FolderOptions): Promise<FolderSource> {
  const { manifests: folder, namespace = 'default', log, env } = options;
  const skip = options.state ?? join(folder, '.state');
  const { objects, configMaps } = await manifestsIn({ folder, skip, namespace, log })();
  const state = await readState(skip);
  const stables = new Map(
    state.objects.map(({ resource }) => [
      keyOf(resource.kind, resource.metadata.namespace, resource.metadata.name),
      'stableRevision' in resource.status ? resource.status.stableRevision : undefined,
    ]),
  );
  const written = manifestSource({
    objects: objects.values(),
    configMap: (inNamespace, name, key) =>
      configMaps.get(nameOf({ namespace: inNamespace, name }))?.data[key],
    kept: state.revisions,
    env,
    label: folder,
  });
  return {
    ...written,
    stable: ({ kind, namespace: inNamespace, name }) => stables.get(keyOf(kind, inNamespace, name)),
  };
}
