import { completions } from './completion.ts';
import { kubectlPlugin, program } from './program.ts';

test.each([
  [['st'], ['status']],
  [['ret'], ['retry']],
  [['status', '--w'], ['--watch']],
  [['promote', 'x', '--f'], ['--full']],
  [['get', '-o', 'y'], ['yaml']],
  [
    ['get', '--output', ''],
    ['json', 'yaml', 'wide'],
  ],
  [['status', '-n', ''], []],
  [['status', ''], []],
  [['completion', ''], ['bash']],
  [['nothing', ''], []],
  [['__'], []],
])('%j may become %j', (words, found) => {
  expect(completions(program(), words)).toEqual(found);
});

test('as a plugin of kubectl, only what it has', () => {
  expect(completions(kubectlPlugin(), [''])).toEqual(expect.arrayContaining(['status', 'abort']));
  expect(completions(kubectlPlugin(), ['operator'])).toEqual([]);
});
