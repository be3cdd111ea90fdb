import { type Content, contentOf, type Side, sideOf } from './objects.ts';
import type { Tree } from './tree.ts';

/** Base and head. Each content is read and parsed once; where both have the same files nothing is parsed at all. */
export async function readSides({
  base,
  head,
  namespace,
  prefix = '',
}: {
  base: Tree;
  head: Tree;
  /** Namespace of an object that names none. */
  namespace: string;
  /** What stands before the files' paths where they are shown. */
  prefix?: string;
}): Promise<[Side, Side]> {
  const same =
    base.files.length === head.files.length &&
    base.files.every(({ path, id }, at) => head.files[at]!.path === path && head.files[at]!.id === id);
  if (same) return [sideOf([], namespace), sideOf([], namespace)];
  const contents = new Map<string, Content>();
  for (const tree of [head, base]) {
    const missing = new Set(tree.files.map(({ id }) => id).filter((id) => !contents.has(id)));
    for (const [id, text] of await tree.read([...missing])) contents.set(id, contentOf(text, namespace));
  }
  const side = (tree: Tree) =>
    sideOf(
      tree.files.map(({ path, id }) => ({ path: prefix + path, id, content: contents.get(id)! })),
      namespace,
    );
  return [side(base), side(head)];
}
