import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './control-plane/run.ts';

// The check of imports must see through TypeScript: each case is a small source tree with one thing wrong.
const root = join(import.meta.dirname, '..');

const cases: { name: string; files: Record<string, string>; rule: string | undefined }[] = [
  {
    name: 'an import downwards',
    files: { 'src/api/a.ts': `import { b } from '../lib/b.ts';`, 'src/lib/b.ts': 'export const b = 1;' },
    rule: undefined,
  },
  {
    name: 'an import upwards',
    files: { 'src/lib/a.ts': `import { b } from '../api/b.ts';`, 'src/api/b.ts': 'export const b = 1;' },
    rule: 'lib-imports-downwards',
  },
  {
    name: 'an import upwards of a type',
    files: {
      'src/decision/a.ts': `import type { B } from '../evidence/b.ts';`,
      'src/evidence/b.ts': 'export interface B { b: number }',
    },
    rule: 'decision-imports-downwards',
  },
  {
    name: 'an export upwards',
    files: {
      'src/gateway/a.ts': `export * from '../controllers/b.ts';`,
      'src/controllers/b.ts': 'export {};',
    },
    rule: 'gateway-imports-downwards',
  },
  {
    name: 'an import of the composition root',
    files: { 'src/demo/a.ts': `await import('../cli/b.ts');`, 'src/cli/b.ts': 'export {};' },
    rule: 'demo-imports-downwards',
  },
  {
    name: 'a cycle',
    files: {
      'src/lib/a.ts': `import type { B } from './b.ts'; export type A = B;`,
      'src/lib/b.ts': `import { c } from './c.ts'; export type B = typeof c;`,
      'src/lib/c.ts': `import type { A } from './a.ts'; export const c = 1 as unknown as A;`,
    },
    rule: 'no-cycles',
  },
  {
    name: 'the Kubernetes client outside its store',
    files: { 'src/controllers/a.ts': `import { Watch } from '@kubernetes/client-node';` },
    rule: 'only-the-kubernetes-store-knows-its-client',
  },
  {
    name: 'the Kubernetes client in its store',
    files: { 'src/store/kubernetes/a.ts': `import { Watch } from '@kubernetes/client-node';` },
    rule: undefined,
  },
  {
    name: 'a decision that reads a file',
    files: { 'src/decision/a.ts': `import { readFile } from 'node:fs/promises';` },
    rule: 'pure-parts-do-no-io',
  },
  {
    name: 'a development dependency at run time',
    files: { 'src/gateway/a.ts': `import OpenAI from 'openai';` },
    rule: 'no-development-dependency-at-run-time',
  },
  {
    name: 'a folder that has no layer',
    files: { 'src/helpers/a.ts': `import { b } from './b.ts';`, 'src/helpers/b.ts': 'export const b = 1;' },
    rule: 'folder-has-a-layer',
  },
  {
    name: 'an import that leads nowhere',
    files: { 'src/lib/a.ts': `import { b } from './b.ts';` },
    rule: 'resolvable',
  },
];

test.each(cases)('import rules: $name', async ({ files, rule }) => {
  const tree = await mkdtemp(join(tmpdir(), 'sluice-layers-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), `${text}\n`);
    }
    await symlink(join(root, 'package.json'), join(tree, 'package.json'));
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    expect(await violatedRules(tree)).toEqual(rule === undefined ? [] : [rule]);
  } finally {
    await rm(tree, { recursive: true });
  }
});

async function violatedRules(tree: string): Promise<string[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.js');
  const args = [program, '--config', config, '--output-type', 'json', 'src'];
  const { stdout } = await run(process.execPath, args, { cwd: tree });
  const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map((violation) => violation.rule.name))];
}
