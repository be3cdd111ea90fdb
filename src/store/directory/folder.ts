import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Log, messageOf } from '../../lib/log.ts';

/** One manifest file as last read. */
export interface ManifestFile {
  /** Relative to the folder, with `/`. */
  path: string;
  text: string;
  /** What `stat` said before it was read; undefined where it must be read again to be sure. */
  stamp: string | undefined;
}

export interface FolderReading {
  /** Sorted by path. Of those that cannot be read now, what was read last. */
  files: ManifestFile[];
  /** Files and folders that are there, or may be, but could not be read; '' is the whole folder. */
  unreadable: string[];
}

/** Whether `path` is `folder` or lies below it; everything lies below ''. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

/** A file changed this recently may change again without its time stamp showing it. */
const STAMP_GRAIN_MS = 50;

/**
 * Reads every `.yaml`, `.yml` and `.json` file of `root` and below that changed since `before`. Hidden entries (editors'
 * swap files, `.git`, `..data` of a mounted ConfigMap) and `skip` are left out. Never throws.
 */
export async function readFolder(
  root: string,
  before: FolderReading | undefined,
  skip: string,
  log: Log,
): Promise<FolderReading> {
  const known = new Map(before?.files.map((file) => [file.path, file]));
  const trouble = new Set(before?.unreadable);
  const reading: FolderReading = { files: [], unreadable: [] };
  const failed = (path: string, error: unknown) => {
    reading.unreadable.push(path);
    const taken = new Set(reading.files.map((file) => file.path));
    for (const file of known.values()) {
      if (isWithin(file.path, path) && !taken.has(file.path)) reading.files.push(file);
    }
    if (trouble.has(path)) return;
    log.warn({ file: path || '.', error: messageOf(error) }, 'cannot be read: what it held is kept');
  };

  async function visit(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name === 'node_modules' || resolve(path) === resolve(skip))
        continue;
      const shown = relative(root, path).split(sep).join('/');
      try {
        if (entry.isDirectory()) await visit(path);
        else if (/\.(ya?ml|json)$/.test(entry.name)) await take(path, shown);
      } catch (error) {
        // Gone between the listing and the look: the next look tells whether for good.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed(shown, error);
      }
    }
  }

  async function take(path: string, shown: string): Promise<void> {
    const stats = await stat(path);
    if (!stats.isFile()) return;
    const stamp = stampOf(stats);
    const last = known.get(shown);
    if (last !== undefined && stamp !== undefined && last.stamp === stamp) {
      reading.files.push(last);
      return;
    }
    const text = await readFile(path, 'utf8');
    reading.files.push(last?.text === text ? Object.assign(last, { stamp }) : { path: shown, text, stamp });
  }

  try {
    await visit(root);
  } catch (error) {
    failed('', error);
  }
  reading.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return reading;
}

function stampOf(stats: Stats): string | undefined {
  if (Date.now() - stats.mtimeMs < STAMP_GRAIN_MS) return undefined;
  return `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}
