import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generated } from './generated.ts';
import { checkTree, type Tree, writeTree } from './tree.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-tree-'));
});
afterEach(() => rm(root, { recursive: true }));

const TREE: Tree = {
  files: new Map([
    ['made/a.yaml', 'a: 1\nb: 2\nc: 3\n'],
    ['made/b.yaml', 'b: 1\n'],
    ['docs/c.md', 'c\n'],
  ]),
  owned: ['made'],
};

test('what is committed is what src/ says', async () => {
  const repository = join(import.meta.dirname, '../..');
  expect(await checkTree(repository, await generated(repository))).toEqual([]);
});

test('writing twice changes nothing, and removes what else lies in a folder of its own only', async () => {
  expect(await writeTree(root, TREE)).toEqual([...TREE.files.keys()]);
  expect(await writeTree(root, TREE)).toEqual([]);
  await writeFile(join(root, 'made/old.yaml'), 'a: 1');
  await writeFile(join(root, 'docs/mine.md'), 'mine');
  expect(await checkTree(root, TREE)).toEqual(['made/old.yaml: is not generated any more']);
  expect(await writeTree(root, TREE)).toEqual(['made/old.yaml']);
  expect((await readdir(join(root, 'made'))).sort()).toEqual(['a.yaml', 'b.yaml']);
  expect(await readdir(join(root, 'docs'))).toContain('mine.md');
});

test('a check shows the lines that differ, and what is missing, and writes nothing', async () => {
  await mkdir(join(root, 'made'));
  await writeFile(join(root, 'made/a.yaml'), 'a: 1\nb: 0\nc: 3\n');
  const found = await checkTree(root, TREE);
  expect(found).toHaveLength(3);
  expect(found[0]).toContain('- b: 0\n+ b: 2\n');
  expect(found[1]).toBe('made/b.yaml: is missing');
  expect(await readFile(join(root, 'made/a.yaml'), 'utf8')).toContain('b: 0');
});
