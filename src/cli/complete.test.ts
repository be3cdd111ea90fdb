import { DIRECTIVE, expectedAt } from './complete.ts';
import { kubectlPlugin, program } from './program.ts';

const { files, folders, nothingElse } = DIRECTIVE;
const at = (...words: string[]) => expectedAt(program(), words);
const texts = (...words: string[]) => at(...words).words.map(({ text }) => text);

test('commands come first, and the plugin has no servers among them', () => {
  expect(texts('')).toEqual(expect.arrayContaining(['run', 'status', 'completion']));
  const ofPlugin = expectedAt(kubectlPlugin(), ['']).words.map(({ text }) => text);
  expect(ofPlugin).toContain('status');
  expect(ofPlugin).not.toContain('run');
  expect(texts('nonsense', '')).toEqual([]);
});

test('options are those of the command', () => {
  expect(texts('promote', '--')).toEqual(expect.arrayContaining(['--full', '--reason', '--no-wait']));
  expect(texts('status', '--')).not.toContain('--full');
});

test.each([
  [['get', '-o', ''], ['json', 'yaml', 'wide'], nothingElse],
  [['eval', ''], ['run', 'import'], nothingElse],
  [['eval', 'run', '-o', ''], ['text', 'json', 'junit'], nothingElse],
  [['eval', 'run', '--manifests', ''], [], folders],
  [['completion', ''], ['bash', 'zsh', 'fish'], nothingElse],
  [['status', '--state', ''], [], folders],
  [['check', ''], [], folders],
  [['check', '--base-folder', ''], [], folders],
  [['status', '--kubeconfig', ''], [], files],
  [['promote', 'triage', '--reason', ''], [], nothingElse],
  [['promote', 'triage', ''], [], nothingElse],
])('after %j come %j', (words, expected, directive) => {
  const found = at(...words);
  expect(found.words.map(({ text }) => text)).toEqual(expected);
  expect(found.directive).toBe(directive);
  expect(found.lookUp).toBeUndefined();
});

test.each([
  ['status', ''],
  ['promote', '--full', 'tri'],
  ['rollback', '--to', 'r-1', ''],
  ['rollback', '--to=r-1', ''],
])('%s %s … names a release', (...words) => {
  expect(at(...words)).toMatchObject({ lookUp: { what: 'releases' }, typed: words.at(-1) });
});

test.each([
  ['retry', 'triage', ''],
  ['diff', 'triage', ''],
  ['diff', 'triage', 'r-1', ''],
  ['rollback', 'triage', '--to', ''],
])('%s %s … names a revision of it', (...words) => {
  expect(at(...words).lookUp).toEqual({ what: 'revisions', of: 'triage' });
});

test('a value in the same word keeps what stands before it', () => {
  const lookUp = { what: 'revisions', of: 'triage' };
  expect(at('rollback', 'triage', '--to=r-')).toMatchObject({ lookUp, prefix: '--to=', typed: 'r-' });
  // As bash hands it over, which replaces only what stands behind the sign.
  expect(at('rollback', 'triage', '--to', '=', 'r-')).toMatchObject({ lookUp, prefix: '', typed: 'r-' });
  expect(at('rollback', 'triage', '--to', '=')).toMatchObject({ lookUp, prefix: '', typed: '' });
});

test('where to look is read from the words before', () => {
  expect(at('status', '-n', 'support', '--context=dev', '-A', '').place).toEqual({
    namespace: 'support',
    context: 'dev',
    allNamespaces: true,
  });
});
