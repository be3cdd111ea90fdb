import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KIND_NAMES, type Kind } from '../../api/resource.ts';
import { type Log, messageOf } from '../../lib/log.ts';
import { keyOf } from './live-object.ts';
import type { Manifests } from './manifests.ts';

const FOLDER = 'verbs';

type ObjectName = { kind: Kind; namespace: string; name: string };

const Asked = z.strictObject({ annotations: z.record(z.string(), z.string()) });

/** A namespace and a kind have no dots, so that a name may. */
const fileOf = ({ kind, namespace, name }: ObjectName): string => `${namespace}.${kind}.${name}.json`;
const FILE = new RegExp(`^([^.]+)\\.(${KIND_NAMES.join('|')})\\.(.+)\\.json$`);

/**
 * Asks the process that has the state folder for a verb: `<state>/verbs/<namespace>.<kind>.<name>.json`. One at a time an
 * object: what waits there already is never written over.
 * @returns false where another verb waits
 */
export async function putVerb(
  state: string,
  object: ObjectName,
  annotations: Record<string, string>,
): Promise<boolean> {
  const folder = join(state, FOLDER);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${fileOf(object)}.${process.pid}.tmp`);
  await writeFile(draft, `${JSON.stringify({ annotations })}\n`);
  try {
    // Unlike a rename, a link never takes the place of a file, and the file is there with all that is in it.
    await link(draft, join(folder, fileOf(object)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Asks no more for what waits for this object. */
export const removeVerb = (state: string, object: ObjectName): Promise<void> =>
  rm(join(state, FOLDER, fileOf(object)), { force: true });

/** Removes what waits for this object where it was shown with it, and has been acted on with it: not what came since. */
export async function dropSeen(
  state: string,
  { annotations, ...object }: ObjectName & { annotations: Record<string, string> },
): Promise<void> {
  const text = await readFile(join(state, FOLDER, fileOf(object)), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const asked = Object.entries(Asked.parse(JSON.parse(text)).annotations);
  if (asked.every(([name, value]) => annotations[name] === value)) await removeVerb(state, object);
}

/** What the inbox asks for, by `keyOf`. What cannot be read is set aside as `*.corrupt` and logged. */
export async function readVerbs(state: string, log: Log): Promise<Map<string, Record<string, string>>> {
  const folder = join(state, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const verbs = new Map<string, Record<string, string>>();
  for (const file of names) {
    const [, namespace, kind, name] = FILE.exec(file) ?? [];
    if (namespace === undefined || name === undefined) continue;
    try {
      const { annotations } = Asked.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
      verbs.set(keyOf(kind as Kind, namespace, name), annotations);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      log.error({ file, error: messageOf(error) }, 'a verb cannot be read: set aside as .corrupt');
      await rename(join(folder, file), join(folder, `${file}.corrupt`));
    }
  }
  return verbs;
}

/** The manifests with what the inbox asks for laid over their objects. */
export function withVerbs(
  manifests: Manifests,
  verbs: ReadonlyMap<string, Record<string, string>>,
): Manifests {
  if (verbs.size === 0) return manifests;
  const objects = new Map(manifests.objects);
  for (const [key, asked] of verbs) {
    const object = objects.get(key);
    if (object !== undefined) objects.set(key, { ...object, asked });
  }
  return { ...manifests, objects };
}
