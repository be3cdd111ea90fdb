/** A file of one of the two sides, by its content. */
export interface TreeFile {
  /** Relative to the folder that is checked, with `/`. */
  path: string;
  /** Git's id of the content: equal ids are equal files. */
  id: string;
}

/** A file that was left out, and why. */
export interface Skipped {
  path: string;
  why: string;
}

/** The manifests of a folder, as it is or as it was. */
export interface Tree {
  /** Which side it is, for people. */
  label: string;
  /** Sorted by path. */
  files: readonly TreeFile[];
  skipped: readonly Skipped[];
  /** The texts of contents, by id. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Most that a file of manifests may hold: an object has at most 1 MiB. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

export const TOO_LARGE = `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`;

/** Whether a path is read: what `sluice run` reads too, so nothing hidden and no packages. */
export function isManifestPath(path: string): boolean {
  const parts = path.split('/');
  if (parts.some((part) => part.startsWith('.') || part === 'node_modules')) return false;
  return /\.(ya?ml|json)$/.test(path);
}

export const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
