import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../lib/log.ts';
import {
  byPath,
  isManifestPath,
  MAX_FILE_BYTES,
  type Skipped,
  TOO_LARGE,
  type Tree,
  type TreeFile,
} from './tree.ts';

/**
 * The manifests in a folder as it is now. Links are not followed: they may lead out of it.
 * @throws Error where there is no such folder.
 */
export async function folderTree(folder: string, label = folder): Promise<Tree> {
  const about = await stat(folder).catch(() => undefined);
  if (!about?.isDirectory()) throw new Error(`${folder} is no folder: name one that holds manifests`);
  const files: TreeFile[] = [];
  const skipped: Skipped[] = [];
  const texts = new Map<string, string>();

  async function visit(below: string): Promise<void> {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (entry.isDirectory()) await visit(path);
      else if (isManifestPath(path)) await take(path, entry.isSymbolicLink(), entry.isFile());
    }
  }

  async function take(path: string, isLink: boolean, isFile: boolean): Promise<void> {
    if (isLink) skipped.push({ path, why: 'is a link' });
    if (!isFile) return;
    try {
      const { size } = await stat(join(folder, path));
      if (size > MAX_FILE_BYTES) {
        skipped.push({ path, why: TOO_LARGE });
        return;
      }
      const content = await readFile(join(folder, path));
      const id = blobId(content);
      texts.set(id, content.toString('utf8'));
      files.push({ path, id });
    } catch (error) {
      skipped.push({ path, why: messageOf(error) });
    }
  }

  await visit('');
  return {
    label,
    files: files.sort(byPath),
    skipped: skipped.sort(byPath),
    read: async (ids) => new Map(ids.map((id) => [id, texts.get(id) ?? ''])),
  };
}

/** The id that git gives a content, in repositories with SHA-1. */
const blobId = (content: Buffer): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
