import { join } from 'node:path';
import { type Kind, nameOf, type ReleaseKind, type Resource, type Revision } from '../api/resource.ts';
import { revisionOf, routeContent } from '../api/revision.ts';
import { promptReleaseRules } from '../controllers/prompt-release/rules.ts';
import type { AskedRelease } from '../gateway/ask.ts';
import type { Log } from '../lib/log.ts';
import { keyOf } from '../store/directory/live-object.ts';
import { manifestsIn } from '../store/directory/manifests.ts';
import { secretRemedy, secretVariable } from '../store/directory/secrets.ts';
import { readState } from '../store/directory/state.ts';
import { isOwnedBy, type Source } from '../store/store.ts';

export interface FolderOptions {
  /** Folder of manifests, read once with all below it. */
  manifests: string;
  /** State folder of `sluice run`, of which kept revisions are read. Default: `.state` below the manifests. */
  state?: string | undefined;
  /** Namespace of an object that names none. Default `default`. */
  namespace?: string | undefined;
  log: Log;
  /** Where the values of Secrets are. Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** A folder of manifests to be asked, with no cluster and nothing that runs. */
export interface FolderSource {
  /** Routes are on the revision that their manifest makes. */
  source: Source;
  /** The revision that a release's manifest makes; or why it makes none. */
  made(release: AskedRelease): Promise<{ revision: string } | { problem: string }>;
  /** The stable revision that the state folder knows; undefined where it knows none. */
  stable(release: AskedRelease): string | undefined;
}

/**
 * Reads a folder of manifests, and what a state folder keeps of its revisions. Writes nothing.
 * @throws Error naming a file of the state folder that is damaged
 */
export async function folderSource(options: FolderOptions): Promise<FolderSource> {
  const { manifests: folder, namespace = 'default', log, env = process.env } = options;
  const skip = options.state ?? join(folder, '.state');
  const { objects, configMaps } = await manifestsIn({ folder, skip, namespace, log })();
  const state = await readState(skip);
  const resources = new Map<string, Resource>();
  const revisions = new Map<string, Revision>(state.revisions.map((each) => [nameOf(each), each]));
  const stables = new Map(
    state.objects.map(({ resource }) => [
      keyOf(resource.kind, resource.metadata.namespace, resource.metadata.name),
      'stableRevision' in resource.status ? resource.status.stableRevision : undefined,
    ]),
  );

  const keep = <K extends ReleaseKind>(resource: Resource<K>, content: Revision<K>['content']): string => {
    const { name, namespace, uid } = resource.metadata;
    const made = revisionOf(resource.kind, name, content);
    const owner = { kind: resource.kind, name, uid };
    const revision = { name: made, namespace, owner, number: 1, content } as Revision;
    if (!revisions.has(nameOf(revision))) revisions.set(nameOf(revision), revision);
    return made;
  };

  for (const [key, object] of objects) {
    const { kind, name, namespace, labels, annotations, spec, invalid } = object;
    const own = { name, namespace, uid: key, labels, annotations, managers: [] };
    const metadata = { ...own, resourceVersion: '1', generation: 1 };
    const resource = {
      kind,
      metadata,
      spec,
      status: {},
      ...(invalid !== undefined && { invalid }),
    } as unknown as Resource;
    resources.set(key, resource);
    if (kind !== 'ModelRoute' || invalid !== undefined) continue;
    const route = resource as Resource<'ModelRoute'>;
    route.status = { stableRevision: keep(route, routeContent(route.spec)) };
  }

  const source: Source = {
    synced: async () => {},
    get: <K extends Kind>(kind: K, inNamespace: string, name: string) =>
      resources.get(keyOf(kind, inNamespace, name)) as Resource<K> | undefined,
    list: <K extends Kind>(kind: K) =>
      [...resources.values()].filter((each) => each.kind === kind) as Resource<K>[],
    revisions: (owner) => [...revisions.values()].filter((each) => isOwnedBy(each, owner)),
    revision: (inNamespace, name) => revisions.get(nameOf({ namespace: inNamespace, name })),
    subscribe: () => () => {},
    secret: async (...secret) => env[secretVariable(...secret)] || undefined,
    secretRemedy,
    configMap: async (inNamespace, name, key) =>
      configMaps.get(nameOf({ namespace: inNamespace, name }))?.data[key],
  };
  const rules = promptReleaseRules(source);

  return {
    source,
    async made({ kind, namespace: inNamespace, name }) {
      const resource = source.get(kind, inNamespace, name);
      const named = `${kind} ${inNamespace}/${name}`;
      if (resource === undefined) return { problem: `${named} is not in ${folder}: correct the name` };
      if (resource.invalid !== undefined) return { problem: resource.invalid };
      if (resource.kind === 'ModelRoute')
        return { revision: (resource as Resource<'ModelRoute'>).status.stableRevision! };
      const prompt = resource as Resource<'PromptRelease'>;
      const resolved = await rules.resolve(prompt);
      if ('problem' in resolved)
        return { problem: `${named}: ${resolved.problem.field}: ${resolved.problem.message}` };
      return { revision: keep(prompt, resolved.content) };
    },
    stable: ({ kind, namespace: inNamespace, name }) => stables.get(keyOf(kind, inNamespace, name)),
  };
}
