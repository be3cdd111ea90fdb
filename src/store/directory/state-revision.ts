import { dump, load } from 'js-yaml';
import { z } from 'zod';
import { API_VERSION, RELEASE_KINDS, type Revision } from '../../api/resource.ts';
import { objectName } from '../../api/schema.ts';

const ControllerRevision = z.object({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('ControllerRevision'),
  metadata: z.object({
    name: objectName(),
    namespace: objectName(),
    ownerReferences: z.tuple([
      z.object({
        kind: z.enum(RELEASE_KINDS),
        name: objectName(),
        uid: z.string().min(1),
      }),
    ]),
  }),
  revision: z.int(),
  data: z.record(z.string(), z.unknown()),
});

/** A revision in the form of `apps/v1 ControllerRevision`. */
export function formatRevision({ name, namespace, owner, number, content }: Revision): string {
  return dump(
    {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        ownerReferences: [{ apiVersion: API_VERSION, controller: true, ...owner }],
      },
      revision: number,
      data: content,
    },
    { noRefs: true, lineWidth: 120 },
  );
}

/**
 * Reads what `formatRevision` wrote.
 * @throws Error where it is damaged.
 */
export function parseRevision(text: string): Revision {
  const { metadata, revision, data } = ControllerRevision.parse(load(text));
  const [owner] = metadata.ownerReferences;
  const { kind, name, uid } = owner;
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    owner: { kind, name, uid },
    number: revision,
    content: data as unknown as Revision['content'],
  };
}
