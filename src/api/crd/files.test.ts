import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCrds, crdFiles, writeCrds } from './files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-crds-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the files in crds/ are what the schemas say', async () => {
  expect(await checkCrds(join(import.meta.dirname, '../../../crds'))).toEqual([]);
});

test('writing twice gives the same, and removes what belongs to no kind', async () => {
  await writeCrds(folder);
  await writeFile(join(folder, 'old.yaml'), 'a: 1');
  expect(await checkCrds(folder)).toEqual(['old.yaml: belongs to no kind']);
  await writeCrds(folder);
  expect((await readdir(folder)).sort()).toEqual([...crdFiles().keys()].sort());
  expect(await checkCrds(folder)).toEqual([]);
});

test('a check shows the lines that differ, and what is missing', async () => {
  await writeCrds(folder);
  const path = join(folder, 'sluice.dev_promptreleases.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace('scope: Namespaced', 'scope: Cluster'));
  await rm(join(folder, 'sluice.dev_modelroutes.yaml'));
  const found = await checkCrds(folder);
  expect(found).toHaveLength(2);
  expect(found[0]).toContain('-   scope: Cluster\n+   scope: Namespaced\n');
  expect(found[1]).toBe('sluice.dev_modelroutes.yaml: is missing');
});
