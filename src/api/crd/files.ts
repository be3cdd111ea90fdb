import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { GROUP, KIND_NAMES, KINDS } from '../resource.ts';
import { definition } from './definition.ts';
import { difference } from './difference.ts';

const HEADER = '# Generated from src/api by `npm run generate`; do not edit.\n';

/** The text of every CRD, by file name; the same at every run. */
export function crdFiles(): Map<string, string> {
  const options = { noRefs: true, lineWidth: 110, quoteStyle: 'single' } as const;
  return new Map(
    KIND_NAMES.map((kind) => [
      `${GROUP}_${KINDS[kind].plural}.yaml`,
      `${HEADER}${dump(definition(kind), options)}`,
    ]),
  );
}

/** Writes the CRDs to `folder`, and removes a YAML file there that belongs to no kind. Returns the names written. */
export async function writeCrds(folder: string): Promise<string[]> {
  const files = crdFiles();
  await mkdir(folder, { recursive: true });
  for (const name of await yamlIn(folder)) if (!files.has(name)) await rm(join(folder, name));
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return [...files.keys()];
}

/** How `folder` differs from what would be written, one text a file; empty where it does not. */
export async function checkCrds(folder: string): Promise<string[]> {
  const files = crdFiles();
  const found: string[] = [];
  for (const name of await yamlIn(folder)) if (!files.has(name)) found.push(`${name}: belongs to no kind`);
  for (const [name, text] of files) {
    const before = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (before === undefined) found.push(`${name}: is missing`);
    else if (before !== text) found.push(`${name}: differs\n${difference(before, text)}`);
  }
  return found;
}

async function yamlIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.yaml')).sort();
}
