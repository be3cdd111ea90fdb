import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

test('the worked example of docs/check.md prints what stands there', async () => {
  const page = await readFile(join(root, 'docs/check.md'), 'utf8');
  const [, script, output] =
    /<!-- run: check -->\n```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  const { stdout } = spawnSync('bash', ['-c', script!], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(stdout).toBe(output);
});
