import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { runProgram } from './program.ts';

let folder: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-check-'));
  said = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test.each([
  ['--cases', 'read'],
  ['--output-file', 'written'],
])('a path of %s that leads nowhere is told by its flag', async (flag, what) => {
  const path = join(folder, 'gone', 'file.jsonl');
  expect(await runProgram(['check', folder, '--base-folder', folder, flag, path])).toBe(1);
  expect(said).toBe(`error: ${flag} ${path} cannot be ${what} (ENOENT): correct the path\n`);
});
