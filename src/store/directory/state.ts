import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Resource, Revision } from '../../api/resource.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { isLeftover, writeFileAtomic } from './atomic.ts';
import { formatObject, type KeptObject, parseObject } from './state-object.ts';
import { formatRevision, parseRevision } from './state-revision.ts';

/** What a state folder held when it was opened, and how to write to it. Every write is atomic. */
export interface State {
  /** Grows at every start. */
  epoch: number;
  objects: readonly KeptObject[];
  revisions: readonly Revision[];
  saveObject(kept: KeptObject): Promise<void>;
  dropObject(resource: Resource): Promise<void>;
  saveRevision(revision: Revision): Promise<void>;
  dropRevision(revision: { namespace: string; name: string }): Promise<void>;
}

/**
 * Opens `folder` (made if missing), counts the epoch up and reads what is kept. A damaged file is logged and set aside as
 * `*.corrupt`; the rest is read.
 * @throws the file system's error where the folder cannot be written.
 */
export async function openState(folder: string, log: Log): Promise<State> {
  const statusFolder = join(folder, 'status');
  const revisionFolder = join(folder, 'revisions');
  const objectPath = ({ kind, metadata }: Resource) =>
    join(statusFolder, metadata.namespace, kind, fileName(metadata.name));
  const revisionPath = ({ namespace, name }: { namespace: string; name: string }) =>
    join(revisionFolder, namespace, fileName(name));

  const objects = await readAll(statusFolder, parseObject, log);
  const revisions = await readAll(revisionFolder, parseRevision, log);
  const epochs = objects.map(({ resource }) => ('epoch' in resource.status && resource.status.epoch) || 0);
  const epoch = Math.max(await readEpoch(folder), ...epochs) + 1;
  await writeFileAtomic(join(folder, 'epoch'), `${epoch}\n`);

  return {
    epoch,
    objects,
    revisions,
    saveObject: (kept) => writeFileAtomic(objectPath(kept.resource), formatObject(kept)),
    dropObject: (resource) => rm(objectPath(resource), { force: true }),
    saveRevision: (revision) => writeFileAtomic(revisionPath(revision), formatRevision(revision)),
    dropRevision: (revision) => rm(revisionPath(revision), { force: true }),
  };
}

/**
 * Reads what a state folder says now, and writes nothing: for who looks on while another process has it.
 * @throws Error naming a file that is damaged
 */
export async function readState(folder: string): Promise<{ objects: KeptObject[]; revisions: Revision[] }> {
  const read = async <T>(below: string, parse: (text: string) => T): Promise<T[]> => {
    const found = await yamlBelow(join(folder, below));
    const read = await Promise.all(found.map((path) => readIfThere(path, parse)));
    return read.flat();
  };
  return { objects: await read('status', parseObject), revisions: await read('revisions', parseRevision) };
}

/** Nothing where the file has gone since it was listed. */
async function readIfThere<T>(path: string, parse: (text: string) => T): Promise<T[]> {
  try {
    return [parse(await readFile(path, 'utf8'))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** Kubernetes allows names of 253 characters; file systems allow 255 bytes with all that is added. */
function fileName(name: string): string {
  if (name.length <= 200) return `${name}.yaml`;
  return `${name.slice(0, 180)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}.yaml`;
}

async function readEpoch(folder: string): Promise<number> {
  const text = await readFile(join(folder, 'epoch'), 'utf8').catch(() => '0');
  return Number.parseInt(text, 10) || 0;
}

async function readAll<T>(folder: string, parse: (text: string) => T, log: Log): Promise<T[]> {
  const found: T[] = [];
  for (const path of await filesBelow(folder)) {
    const text = await readFile(path, 'utf8');
    try {
      found.push(parse(text));
    } catch (error) {
      await rename(path, `${path}.corrupt`);
      log.error(
        { file: relative(folder, path), error: messageOf(error) },
        'state file is damaged: set aside as .corrupt, what it was about goes on as new',
      );
    }
  }
  return found;
}

/** The `.yaml` files below a folder; what a killed process left half-written is removed. */
async function filesBelow(folder: string): Promise<string[]> {
  const files = await namesBelow(folder);
  for (const path of files) if (isLeftover(basename(path))) await rm(path, { force: true });
  return yamlOf(files);
}

const yamlBelow = async (folder: string): Promise<string[]> => yamlOf(await namesBelow(folder));

const yamlOf = (paths: string[]): string[] =>
  paths.filter((path) => path.endsWith('.yaml') && !isLeftover(basename(path))).sort();

async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
