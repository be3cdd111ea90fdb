import { join } from 'node:path';
import { hearEach } from '../../test/cli/heard.ts';
import { runProgram } from './program.ts';

const heard = hearEach();

test.each([
  ['--cases', 'read'],
  ['--output-file', 'written'],
])('a path of %s that leads nowhere is told by its flag', async (flag, what) => {
  const path = join(heard.folder, 'gone', 'file.jsonl');
  expect(await runProgram(['check', heard.folder, '--base-folder', heard.folder, flag, path])).toBe(1);
  expect(heard.said).toBe(`error: ${flag} ${path} cannot be ${what} (ENOENT): correct the path\n`);
});
