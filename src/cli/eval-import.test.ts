import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hearEach } from '../../test/cli/heard.ts';
import { runProgram } from './program.ts';

const heard = hearEach();

const config = (text: string) => {
  writeFileSync(join(heard.folder, 'c.yaml'), text);
  return join(heard.folder, 'c.yaml');
};
const made = () => readFileSync(join(heard.folder, 'm.yaml'), 'utf8');

test('files are beside the config, and what is left out is listed', async () => {
  writeFileSync(join(heard.folder, 'prompt.txt'), 'Sort {{ticket}}.');
  const path = config(
    'prompts: [file://prompt.txt]\ntests: [{vars: {ticket: x}, assert: [{type: python}]}]\n',
  );
  const args = ['eval', 'import', path, '--name', 'tickets', '-o', join(heard.folder, 'm.yaml')];
  expect(await runProgram(args)).toBe(0);
  expect(heard.said).toContain(
    'not taken over:\n  tests[0].assert[0]: python is code, which is not run here',
  );
  expect(heard.said).toContain('EvalSuite tickets: 1 case, 1 PromptRelease on ModelRoute default\n');
  expect(made()).toContain('Sort {{ticket}}.');
});

test('--strict fails and writes nothing', async () => {
  const path = config('tests: [{assert: [{type: python}]}]\n');
  expect(await runProgram(['eval', 'import', path, '--strict', '-o', join(heard.folder, 'm.yaml')])).toBe(1);
  expect(made).toThrow('ENOENT');
});

test.each([
  ['a: 1', 'c.yaml is no promptfoo config'],
  ['a: [', 'c.yaml is no YAML'],
])('%s is an error', async (text, message) => {
  expect(await runProgram(['eval', 'import', config(text)])).toBe(1);
  expect(heard.said).toContain(message);
});
