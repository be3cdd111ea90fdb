import { copyFile, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { parseManifests } from '../../api/manifest.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { messageOf } from '../../lib/log.ts';
import { splitDocuments } from '../../lib/yaml-documents.ts';
import { StoreError } from '../store.ts';
import { writeFileAtomic } from './atomic.ts';
import type { LiveObject } from './live-object.ts';

/**
 * Puts fields of an object's spec into its manifest file, in one step; the old file is kept below `backups`. Every other
 * document of the file stays byte for byte; of this one, comments other than those at its top are lost.
 * @throws StoreError `Conflict` where the file has been edited since, `Forbidden` where it cannot be written.
 */
export async function rewriteManifest(
  live: LiveObject,
  fields: Record<string, unknown>,
  { folder, backups, now }: { folder: string; backups: string; now: Date },
): Promise<void> {
  const changedSince = () =>
    new StoreError('Conflict', `${live.file} has changed: what it says now is looked at first`);
  if (live.from === undefined || live.resource.invalid !== undefined) throw changedSince();
  const { document } = live.from;
  try {
    const path = await realpath(join(folder, live.file));
    const text = await readFile(path, 'utf8');
    const changed = rewriteSpec({ path, text, document }, live.resource.spec, fields);
    if (changed === undefined) throw changedSince();
    await mkdir(backups, { recursive: true });
    const backup = `${live.file.replaceAll('/', '__')}.${now.toISOString().replaceAll(':', '')}`;
    await copyFile(path, join(backups, backup));
    await writeFileAtomic(path, changed, (await stat(path)).mode);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = `${live.file} cannot be rewritten: ${messageOf(error)}; make it writable, or set rollback.mode: Pin`;
    throw new StoreError('Forbidden', why, { cause: error });
  }
}

/**
 * The text of a manifest with fields of one document's spec in the place of the old ones; undefined as a value removes a
 * field. Undefined where the document's spec is no longer `expected`.
 */
export function rewriteSpec(
  { path, text, document }: { path: string; text: string; document: number },
  expected: unknown,
  fields: Record<string, unknown>,
): string | undefined {
  const span = splitDocuments(text)[document];
  if (span === undefined) return undefined;
  const source = text.slice(span.start, span.end);
  const read = parseManifests(text, path).find((each) => each.document === document);
  const value = read?.raw as { spec?: object } | undefined;
  // A file with fields that are null says the same as one without them.
  if (canonicalJson(read?.spec ?? value?.spec ?? {}) !== canonicalJson(expected)) return undefined;
  const spec = Object.entries({ ...value?.spec, ...fields }).filter(([, each]) => each !== undefined);
  const changed = { ...value, spec: Object.fromEntries(spec) };
  const written = path.endsWith('.json')
    ? `${JSON.stringify(changed, null, 2)}\n`
    : dump(changed, { noRefs: true, lineWidth: 120 });
  const comments = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(source)![0];
  // A document may begin on its marker's own line: `--- {…}`.
  const lead = span.start > 0 && text[span.start - 1] !== '\n' ? '\n' : comments;
  return text.slice(0, span.start) + lead + written + text.slice(span.end);
}
