import { GROUP, isReleaseKind, type ReleaseKind, type Revision } from '../../api/resource.ts';
import type { RawObject } from './raw-object.ts';

export const KIND_LABEL = `${GROUP}/kind`;
const NAME_LABEL = `${GROUP}/name`;
const LONGEST_LABEL = 63;

/**
 * The `apps/v1 ControllerRevision` that keeps `revision`, collected with its owner. It carries no label of its owner:
 * with a tracking label, Argo CD would prune it.
 */
export function controllerRevisionOf(revision: Revision, apiVersion: string): object {
  const { name, namespace, owner, number, content } = revision;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: {
        [KIND_LABEL]: owner.kind,
        ...(owner.name.length <= LONGEST_LABEL && { [NAME_LABEL]: owner.name }),
      },
      ownerReferences: [{ apiVersion, ...owner, controller: true, blockOwnerDeletion: false }],
    },
    data: { content },
    revision: number,
  };
}

/** The revision that a live ControllerRevision keeps; undefined where it is not one of ours, or maimed. */
export function readRevision(raw: RawObject): Revision | undefined {
  const { name, namespace = '', ownerReferences = [] } = raw.metadata;
  const owner = ownerReferences.find((each) => each.controller);
  const content = (raw.data as { content?: Revision['content'] } | undefined)?.content;
  if (owner === undefined || !isReleaseKind(owner.kind)) return undefined;
  if (typeof content !== 'object' || content === null || typeof raw.revision !== 'number') return undefined;
  const { kind, name: ownerName, uid } = owner;
  return {
    name,
    namespace,
    owner: { kind: kind as ReleaseKind, name: ownerName, uid },
    number: raw.revision,
    content,
  };
}
