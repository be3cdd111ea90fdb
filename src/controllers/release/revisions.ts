import type { ContentOf, ReleaseKind, Resource, Revision } from '../../api/resource.ts';
import type { ReleaseStatus } from '../../api/status.ts';
import type { Store } from '../../store/store.ts';

/** Revisions kept beyond those that the status names. */
const SPARE = 10;

/** The revisions kept of this object: those of one before it that had its name go with that. */
export function ownRevisions(store: Store, { kind, metadata }: Resource<ReleaseKind>): Revision[] {
  const { namespace, name, uid } = metadata;
  return store.revisions({ kind, namespace, name }).filter(({ owner }) => owner.uid === uid);
}

/** Keeps the content under its revision's name, unless it is kept already. */
export async function keep<K extends ReleaseKind>(
  store: Store,
  resource: Resource<K>,
  revision: string,
  content: ContentOf[K],
): Promise<void> {
  const { namespace, name, uid } = resource.metadata;
  if (store.revision(namespace, revision)?.owner.uid === uid) return;
  const number = 1 + Math.max(0, ...ownRevisions(store, resource).map((each) => each.number));
  await store.keepRevision({
    name: revision,
    namespace,
    owner: { kind: resource.kind, name, uid },
    number,
    content,
  });
}

/** Drops the oldest revisions that nothing names any more. What serves is never among them. */
export async function dropOld(
  store: Store,
  resource: Resource<ReleaseKind>,
  status: ReleaseStatus,
): Promise<void> {
  const kept = ownRevisions(store, resource);
  const named = new Set(
    [
      status.stableRevision,
      status.candidateRevision,
      status.rollback?.from,
      status.rollback?.to,
      ...(status.quarantined ?? []).map(({ revision }) => revision),
      ...(status.history ?? []).map(({ revision }) => revision),
    ].filter((each) => each !== undefined),
  );
  const spare: Revision[] = kept
    .filter(({ name }) => !named.has(name))
    .toSorted((a, b) => b.number - a.number);
  for (const revision of spare.slice(SPARE)) await store.dropRevision(revision);
}
