import {
  type Kind,
  nameOf,
  type ReleaseKind,
  type Resource,
  type Revision,
  type StatusOf,
  VERBS,
  verbAnnotation,
} from '../api/resource.ts';

/** Something that changed; a listener looks the rest up. */
export type Change =
  | { kind: Kind; namespace: string; name: string }
  | { kind: 'Revision'; namespace: string; name: string; owner: { kind: ReleaseKind; name: string } };

/**
 * What the gateway and the controllers read: a cache of the live objects, never a request. Reads return what was
 * last seen; an object read is not to be changed.
 */
export interface Source {
  /** Resolves once every kind has been listed once. */
  synced(): Promise<void>;
  get<K extends Kind>(kind: K, namespace: string, name: string): Resource<K> | undefined;
  list<K extends Kind>(kind: K): readonly Resource<K>[];
  /** Every kept revision of one owner, or of all. */
  revisions(owner?: { kind: ReleaseKind; namespace: string; name: string }): readonly Revision[];
  revision(namespace: string, name: string): Revision | undefined;
  /** Calls `listener` after the cache has changed; returns how to stop that. A listener that throws is logged only. */
  subscribe(listener: (change: Change) => void): () => void;
  /** The value of a Secret's key, read anew (not cached); undefined where Secret or key is missing. Never logged. */
  secret(namespace: string, name: string, key: string): Promise<string | undefined>;
  /** A remedy to show where `secret` gave undefined: what to create, in this store's own terms. */
  secretRemedy(namespace: string, name: string, key: string): string;
  /** The text under a ConfigMap's key; undefined where it is missing. */
  configMap(namespace: string, name: string, key: string): Promise<string | undefined>;
}

/** Whether a revision is one of `owner`'s; without an owner any is. */
export function isOwnedBy(
  { namespace, owner: { kind, name } }: Revision,
  owner: { kind: ReleaseKind; namespace: string; name: string } | undefined,
): boolean {
  return owner === undefined || (namespace === owner.namespace && kind === owner.kind && name === owner.name);
}

/** An Event on an object, in the words of `events.k8s.io`. */
export interface EventNote {
  kind: Kind;
  namespace: string;
  name: string;
  uid: string;
  type: 'Normal' | 'Warning';
  /** CamelCase, machine-readable. */
  reason: string;
  message: string;
}

/** What the controllers write. Each write is guarded by the resourceVersion of the object handed in. */
export interface Store extends Source {
  /** Term of this leader: grows each time another one takes over. Written to `status.epoch`. */
  epoch(): number;
  /**
   * Puts `status` in the place of the old one.
   * @throws StoreError `Conflict` where the object has changed since, `NotFound` where it is gone, `Unavailable` else.
   */
  writeStatus<K extends Kind>(resource: Resource<K>, status: StatusOf[K]): Promise<Resource<K>>;
  /** Puts top-level fields of the spec back (RevertSpec); undefined removes a field. Throws as `writeStatus`. */
  writeSpecFields<K extends Kind>(
    resource: Resource<K>,
    fields: Record<string, unknown>,
  ): Promise<Resource<K>>;
  /**
   * Sets annotations: how a program asks for a verb. Not guarded by the resourceVersion, as they are nobody else's.
   * @throws StoreError `Conflict` where another verb waits already, `Invalid` where the object was made anew, else as `writeStatus`.
   */
  annotate(resource: Resource, annotations: Record<string, string>): Promise<void>;
  /** Makes annotations that were acted on be seen no more, until they are set anew. */
  clearAnnotations(resource: Resource, names: string[]): Promise<void>;
  /** Keeps a revision; one of that name that is there already is left as it is. */
  keepRevision(revision: Revision): Promise<void>;
  dropRevision(revision: Revision): Promise<void>;
  /** Records an Event. Never throws and never blocks: an Event that cannot be written is logged and counted. */
  note(event: EventNote): void;
  /**
   * Whether users own the spec as files, so that `rollback.mode: Auto` must not rewrite it. False for the API server,
   * where ownership shows in each object's metadata.
   */
  readonly specsAreFiles: boolean;
}

export type StoreErrorCode = 'Conflict' | 'NotFound' | 'Invalid' | 'Forbidden' | 'Unavailable';

/** The one error that stores throw for what they were asked to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** How long the server asked to wait, in ms. */
  readonly retryAfterMs?: number;
  constructor(
    code: StoreErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** @throws StoreError `Conflict` where a verb on the object waits to be acted on. */
export function refuseSecondVerb({ kind, metadata }: Resource): void {
  const waits = VERBS.find((verb) => verbAnnotation(verb) in metadata.annotations);
  if (waits === undefined) return;
  throw new StoreError(
    'Conflict',
    `${waits} waits on ${kind} ${nameOf(metadata)}: nothing else is asked for`,
  );
}
