import {
  API_VERSION,
  KINDS,
  type Kind,
  PAUSED_BY,
  PAUSED_WHY,
  RELEASE_KINDS,
  type ReleaseKind,
} from '../api/resource.ts';
import { ApiError } from '../store/kubernetes/api-error.ts';
import { KIND_LABEL, readRevision } from '../store/kubernetes/controller-revision.ts';
import { listAll } from '../store/kubernetes/list.ts';
import { PATH_OF_SELF_REVIEWS, pathOf, pathOfKind, pathOfRevisions } from '../store/kubernetes/paths.ts';
import type { RawObject } from '../store/kubernetes/raw-object.ts';
import { readResource } from '../store/kubernetes/read-resource.ts';
import type { Transport } from '../store/kubernetes/transport.ts';
import { type Place, type Release, type Seen, typedName } from './place.ts';
import { shellLine } from './text.ts';

export interface ClusterPlaceOptions {
  transport: Transport;
  /** What the kubeconfig calls the user: said of who asks where the API server does not tell. */
  user?: string;
  /** How this program is called: `kubectl sluice`. */
  program: string;
  /** Options that it takes to come to the same cluster. */
  flags: readonly string[];
}

const FIELD_MANAGER = 'kubectl-sluice';

/** The releases of an API server, with what the user of the kubeconfig may do there. */
export function clusterPlace({ transport, user, program, flags }: ClusterPlaceOptions): Place {
  const seen = (kind: ReleaseKind, raw: RawObject): Seen => ({
    release: readResource(kind, raw),
    raw: { apiVersion: API_VERSION, kind, ...raw },
  });

  async function patch({ kind, metadata }: Release, body: object): Promise<void> {
    await explained(kind, () =>
      transport.request({
        method: 'PATCH',
        path: pathOf(kind, metadata),
        query: { fieldManager: FIELD_MANAGER },
        contentType: 'application/merge-patch+json',
        body,
      }),
    );
  }

  return {
    namespace: transport.namespace,
    idle: () => undefined,
    command: (verb, release, ...rest) =>
      `${program} ${shellLine([verb, ...flags, '-n', release.metadata.namespace, typedName(release), ...rest])}`,

    async get(kind, namespace, name) {
      try {
        const path = pathOf(kind, { namespace, name });
        return seen(kind, (await transport.request({ method: 'GET', path })) as RawObject);
      } catch (error) {
        if (isMissing(error, name)) return undefined;
        throw explanation(kind, error);
      }
    },

    async list(namespace) {
      const lists = RELEASE_KINDS.map(async (kind) => {
        const { items } = await explained(kind, () => listAll(transport, pathOfKind(kind, namespace), {}));
        return items.map((item) => seen(kind, item));
      });
      return (await Promise.all(lists)).flat();
    },

    async revisions({ kind, metadata }) {
      const path = pathOfRevisions(metadata.namespace);
      const { items } = await listAll(transport, path, { labelSelector: `${KIND_LABEL}=${kind}` });
      return items.flatMap((item) => {
        const revision = readRevision(item);
        return revision?.owner.uid === metadata.uid ? [revision] : [];
      });
    },

    annotate: (release, annotations) => {
      const entries = Object.entries(annotations).map(([name, value]) => [name, value === '' ? null : value]);
      return patch(release, { metadata: { annotations: Object.fromEntries(entries) } });
    },

    setPaused: (release, paused, { by, reason } = {}) => {
      const annotations = { [PAUSED_BY]: (paused && by) || null, [PAUSED_WHY]: (paused && reason) || null };
      return patch(release, { metadata: { annotations }, spec: { rollout: { paused } } });
    },

    async who() {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      try {
        const answer = await transport.request({ method: 'POST', path: PATH_OF_SELF_REVIEWS, body });
        const { status } = answer as { status?: { userInfo?: { username?: string } } };
        return status?.userInfo?.username || user;
      } catch {
        // An API server before 1.28 has no such review, and a name is no reason not to act.
        return user;
      }
    },

    close: () => transport.close(),
  };
}

/** Whether it is the object that is missing, and not its whole kind. */
const isMissing = (error: unknown, name: string): boolean =>
  error instanceof ApiError && error.status === 404 && error.message.includes(`"${name}" not found`);

async function explained<T>(kind: Kind, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explanation(kind, error);
  }
}

/** An API server's refusal with what to do about it. */
function explanation(kind: Kind, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const remedy =
    error.status === 404
      ? `the cluster does not know ${KINDS[kind].plural}: install Sluice's CRDs, or check --context`
      : error.status === 401
        ? 'the API server does not know you: log in again, or check --kubeconfig'
        : error.status === 403
          ? `you may not do this: ask for a role that allows it on ${KINDS[kind].plural}.sluice.dev`
          : undefined;
  return remedy === undefined ? error : new Error(`${remedy} (${error.message})`, { cause: error });
}
