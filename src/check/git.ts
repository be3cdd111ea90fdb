import { spawn } from 'node:child_process';
import {
  byPath,
  isManifestPath,
  MAX_FILE_BYTES,
  type Skipped,
  TOO_LARGE,
  type Tree,
  type TreeFile,
} from './tree.ts';

/** A folder in a commit. */
export interface GitPlace {
  folder: string;
  ref: string;
  /** The other side of the comparison: the commit where both parted is taken, where history reaches so far. */
  partedFrom?: string;
}

/**
 * The manifests of a folder as a commit has them. Nothing is checked out and nothing fetched.
 * @throws Error where git is missing, the folder is in no repository, or the ref is not there.
 */
export async function gitTree({ folder, ref, partedFrom }: GitPlace): Promise<Tree> {
  const named = await commitOf(folder, ref);
  const parted =
    partedFrom === undefined
      ? undefined
      : await git(folder, ['merge-base', named, await commitOf(folder, partedFrom)]).catch(() => undefined);
  const commit = parted?.toString('utf8').trim() || named;
  const prefix = (await git(folder, ['rev-parse', '--show-prefix'])).toString('utf8').replace(/\n$/, '');
  const files: TreeFile[] = [];
  const skipped: Skipped[] = [];
  const within = prefix === '' ? [] : ['--', prefix];
  const listing = await git(folder, ['ls-tree', '-r', '-l', '-z', '--full-tree', commit, ...within]);
  for (const line of listing.toString('utf8').split('\0')) {
    const [, mode = '', id = '', size = '', whole = ''] =
      /^(\d+) blob (\w+) +(\d+)\t([\s\S]+)$/.exec(line) ?? [];
    const path = whole.slice(prefix.length);
    if (mode === '' || !whole.startsWith(prefix) || !isManifestPath(path)) continue;
    if (mode === '120000') skipped.push({ path, why: 'is a link' });
    else if (Number(size) > MAX_FILE_BYTES) skipped.push({ path, why: TOO_LARGE });
    else files.push({ path, id });
  }
  const short = commit.slice(0, 10);
  return {
    label: commit === named ? `${ref} (${short})` : `${ref}, where this branch left it (${short})`,
    files: files.sort(byPath),
    skipped: skipped.sort(byPath),
    read: (ids) => blobs(folder, ids),
  };
}

async function commitOf(folder: string, ref: string): Promise<string> {
  if (ref.startsWith('-') || ref === '')
    throw new Error(`"${ref}" is no git ref: name a branch, tag or commit`);
  try {
    const id = await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
    return id.toString('utf8').trim();
  } catch (error) {
    // It keeps quiet of a commit alone: what it says is of the folder, or of whose it is.
    if (!(error instanceof GitFailed) || error.said !== '') throw error;
    throw new Error(`git knows no commit "${ref}" in ${folder}: fetch it first, or name another`);
  }
}

async function blobs(folder: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (ids.length === 0) return texts;
  const output = await git(folder, ['cat-file', '--batch'], `${ids.join('\n')}\n`);
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(10, at);
    const [id = '', type, size] = output.toString('utf8', at, end).split(' ');
    if (type !== 'blob') throw new Error(`git cannot read ${id} in ${folder}: fetch it first`);
    texts.set(id, output.toString('utf8', end + 1, end + 1 + Number(size)));
    at = end + 2 + Number(size);
  }
  return texts;
}

class GitFailed extends Error {
  /** Its own words. */
  readonly said: string;
  constructor(command: string, said: string, code: number | null) {
    super(`git ${command}: ${said || `ended with ${code}`}`);
    this.said = said;
  }
}

/** Runs git, which may neither ask anybody nor fetch. @throws Error with what it said. */
function git(folder: string, args: readonly string[], input = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...args], {
      stdio: 'pipe',
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' },
    });
    const [out, told]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => told.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error('git is not installed, or the folder is not there') : error),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new GitFailed(args[0]!, Buffer.concat(told).toString('utf8').trim(), code));
    });
    // It may have ended before it read all of it; then `close` says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
