import { type Kind, nameOf, type ReleaseKind, type Resource, type Revision } from '../api/resource.ts';
import { revisionOf, routeContent } from '../api/revision.ts';
import { promptReleaseRules } from '../controllers/prompt-release/rules.ts';
import type { AskedRelease } from '../gateway/ask.ts';
import { keyOf } from '../store/directory/live-object.ts';
import { secretRemedy, secretVariable } from '../store/directory/secrets.ts';
import { isOwnedBy, type Source } from '../store/store.ts';

/** An object as a manifest says it. */
export interface WrittenObject {
  kind: Kind;
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Unchecked where `invalid` is set. */
  spec: unknown;
  invalid?: string;
}

/** Where keys are: environment variables that stand for Secrets. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface ManifestSourceOptions {
  objects: Iterable<WrittenObject>;
  configMap(namespace: string, name: string, key: string): string | undefined;
  /** Revisions that are there beside those that the manifests make. */
  kept?: readonly Revision[];
  /** Default `process.env`. */
  env?: Variables | undefined;
  /** Where the manifests are, for messages. */
  label: string;
}

/** Manifests to be asked, with no cluster and nothing that runs. */
export interface ManifestSource {
  /** Routes are on the revision that their manifest makes. */
  source: Source;
  /** The revision that a release's manifest makes; or why it makes none. */
  made(release: AskedRelease): Promise<{ revision: string } | { problem: string }>;
}

/** A source that never changes. */
export function manifestSource(options: ManifestSourceOptions): ManifestSource {
  const { objects, kept = [], env = process.env } = options;
  const resources = new Map<string, Resource>();
  const revisions = new Map<string, Revision>(kept.map((each) => [nameOf(each), each]));

  const keep = <K extends ReleaseKind>(resource: Resource<K>, content: Revision<K>['content']): string => {
    const { name, namespace, uid } = resource.metadata;
    const made = revisionOf(resource.kind, name, content);
    const owner = { kind: resource.kind, name, uid };
    const revision = { name: made, namespace, owner, number: 1, content } as Revision;
    if (!revisions.has(nameOf(revision))) revisions.set(nameOf(revision), revision);
    return made;
  };

  for (const { kind, name, namespace, labels = {}, annotations = {}, spec, invalid } of objects) {
    const key = keyOf(kind, namespace, name);
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
    configMap: async (...place) => options.configMap(...place),
  };
  const rules = promptReleaseRules(source);

  return {
    source,
    async made({ kind, namespace: inNamespace, name }) {
      const resource = source.get(kind, inNamespace, name);
      const named = `${kind} ${inNamespace}/${name}`;
      if (resource === undefined) return { problem: `${named} is not in ${options.label}: correct the name` };
      if (resource.invalid !== undefined) return { problem: resource.invalid };
      if (resource.kind === 'ModelRoute')
        return { revision: (resource as Resource<'ModelRoute'>).status.stableRevision! };
      const prompt = resource as Resource<'PromptRelease'>;
      const resolved = await rules.resolve(prompt);
      if ('problem' in resolved)
        return { problem: `${named}: ${resolved.problem.field}: ${resolved.problem.message}` };
      return { revision: keep(prompt, resolved.content) };
    },
  };
}
