import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { difference } from '../api/crd/difference.ts';

/** Files that are generated: their text by their path from the repository's root. */
export interface Tree {
  files: ReadonlyMap<string, string>;
  /** Folders in which nothing else may lie. */
  owned: readonly string[];
}

/** Writes the files, and removes what else lies in the owned folders. Returns the paths whose text changed. */
export async function writeTree(root: string, tree: Tree): Promise<string[]> {
  const changed: string[] = [];
  for (const path of await strays(root, tree)) {
    await rm(join(root, path));
    changed.push(path);
  }
  for (const [path, text] of tree.files) {
    if ((await textAt(join(root, path))) === text) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    changed.push(path);
  }
  return changed;
}

/** How what lies there differs from what would be written, one text a file; empty where it does not. */
export async function checkTree(root: string, tree: Tree): Promise<string[]> {
  const found = (await strays(root, tree)).map((path) => `${path}: is not generated any more`);
  for (const [path, text] of tree.files) {
    const before = await textAt(join(root, path));
    if (before === undefined) found.push(`${path}: is missing`);
    else if (before !== text) found.push(`${path}: differs\n${difference(before, text)}`);
  }
  return found;
}

async function strays(root: string, { files, owned }: Tree): Promise<string[]> {
  const lying = await Promise.all(
    owned.map(async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.sort().map((name) => `${folder}/${name}`);
    }),
  );
  return lying.flat().filter((path) => !files.has(path));
}

const textAt = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
