import type { ReleaseKind, Revision } from '../../api/resource.ts';

export interface OwnerName {
  kind: ReleaseKind;
  namespace: string;
  name: string;
}

/** Revisions by their owner, so that asking for those of one does not walk through those of all. */
export interface RevisionIndex {
  of(owner: OwnerName): readonly Revision[];
  change(before: Revision | undefined, after: Revision | undefined): void;
}

export function revisionIndex(): RevisionIndex {
  const byOwner = new Map<string, Map<string, Revision>>();
  const keyOf = ({ kind, namespace, name }: OwnerName) => `${kind}/${namespace}/${name}`;
  const keyOfRevision = ({ owner, namespace }: Revision) => keyOf({ ...owner, namespace });
  return {
    of: (owner) => [...(byOwner.get(keyOf(owner))?.values() ?? [])],
    change(before, after) {
      if (before) {
        const key = keyOfRevision(before);
        byOwner.get(key)?.delete(before.name);
        if (byOwner.get(key)?.size === 0) byOwner.delete(key);
      }
      if (!after) return;
      const key = keyOfRevision(after);
      const siblings = byOwner.get(key) ?? new Map<string, Revision>();
      byOwner.set(key, siblings.set(after.name, after));
    },
  };
}
