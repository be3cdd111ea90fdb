import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { runProgram } from './program.ts';

let folder: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-import-'));
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

const config = (text: string) => {
  writeFileSync(join(folder, 'c.yaml'), text);
  return join(folder, 'c.yaml');
};
const made = () => readFileSync(join(folder, 'm.yaml'), 'utf8');

test('files are beside the config, and what is left out is listed', async () => {
  writeFileSync(join(folder, 'prompt.txt'), 'Sort {{ticket}}.');
  const path = config(
    'prompts: [file://prompt.txt]\ntests: [{vars: {ticket: x}, assert: [{type: python}]}]\n',
  );
  const args = ['eval', 'import', path, '--name', 'tickets', '-o', join(folder, 'm.yaml')];
  expect(await runProgram(args)).toBe(0);
  expect(said).toContain('not taken over:\n  tests[0].assert[0]: python is code, which is not run here');
  expect(said).toContain('EvalSuite tickets: 1 case, 1 PromptRelease on ModelRoute default\n');
  expect(made()).toContain('Sort {{ticket}}.');
});

test('--strict fails and writes nothing', async () => {
  const path = config('tests: [{assert: [{type: python}]}]\n');
  expect(await runProgram(['eval', 'import', path, '--strict', '-o', join(folder, 'm.yaml')])).toBe(1);
  expect(made).toThrow('ENOENT');
});

test.each([
  ['a: 1', 'c.yaml is no promptfoo config'],
  ['a: [', 'c.yaml is no YAML'],
])('%s is an error', async (text, message) => {
  expect(await runProgram(['eval', 'import', config(text)])).toBe(1);
  expect(said).toContain(message);
});
