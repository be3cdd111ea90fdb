import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifests } from '../../src/api/manifest.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';

/**
 * One corpus, two judges: the schemas, as standalone mode has them, and a real API server with the CRDs made of them.
 * A file in `bad/` begins with `# field: reason`: the one problem that the schemas name; the API server must name the
 * same field, or say what a second comment `# API server: …` expects, where it has no word for the field.
 */
const good = filesIn('good');
const bad = filesIn('bad');

function filesIn(folder: string) {
  const path = join(import.meta.dirname, folder);
  return readdirSync(path).map((name) => {
    const text = readFileSync(join(path, name), 'utf8');
    const [, field = '', reason = ''] = /^# (\S+): (.+)$/m.exec(text) ?? [];
    const answer = /^# API server: (.+)$/m.exec(text)?.[1] ?? field;
    return { name, path: join(path, name), text, field, reason, answer };
  });
}

test.each(good)('the schemas accept $name', ({ text, name }) => {
  expect(parseManifests(text, name).map(({ problems }) => problems)).toEqual([[]]);
});

test.each(bad)('the schemas refuse $name for its field', ({ text, name, field, reason }) => {
  const problems = parseManifests(text, name).flatMap((manifest) => manifest.problems);
  expect(problems).toHaveLength(1);
  // The API server speaks of labels and annotations as a whole; the schemas name the key.
  const path = /^metadata\.(labels|annotations)/.exec(field)?.[0] ?? problems[0]!.path;
  expect(path).toBe(field);
  expect(problems[0]!.path.startsWith(field)).toBe(true);
  expect(problems[0]!.message).toContain(reason);
});

const create = (cluster: Cluster, path: string) =>
  cluster.kubectl(['create', '--dry-run=server', '--validate=strict', '-f', path]);

test('the API server accepts the good ones', async () => {
  const { stdout, stderr } = await create(await sharedControlPlane(), join(import.meta.dirname, 'good'));
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toHaveLength(good.length);
});

test('the API server refuses each bad one for the same field', async () => {
  const cluster = await sharedControlPlane();
  const waiting = [...bad];
  const differing: string[] = [];
  async function judge(): Promise<void> {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const { code, stderr } = await create(cluster, file.path);
      const said = stderr.replaceAll(file.path, '');
      if (code === 0) differing.push(`${file.name}: accepted`);
      else if (!names(said, file.answer)) differing.push(`${file.name}: ${said}`);
    }
  }
  await Promise.all([judge(), judge(), judge(), judge()]);
  expect(differing).toEqual([]);
});

/** Whether a text names a field as such, not only one below it or one whose name begins alike. */
function names(text: string, field: string): boolean {
  const at = text.indexOf(field);
  return at >= 0 && (!/[[.\w]/.test(text[at + field.length] ?? '') || names(text.slice(at + 1), field));
}
