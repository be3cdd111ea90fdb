import fc from 'fast-check';
import { parseManifests, placedSummary } from './manifest.ts';

const provider = `apiVersion: sluice.dev/v1alpha1
kind: ModelProvider
metadata: {name: openai}
spec:
  dialect: OpenAI
  baseURL: https://api.openai.com/v1
`;
const first = (text: string) => parseManifests(text, 'a.yaml')[0]!;

test('a good document gives kind, metadata and spec', () => {
  expect(first(provider)).toMatchObject({
    kind: 'ModelProvider',
    metadata: { name: 'openai', namespace: 'default', labels: {}, annotations: {} },
    spec: { dialect: 'OpenAI', baseURL: 'https://api.openai.com/v1' },
    problems: [],
  });
});

test('each document stands for itself; empty ones do not count', () => {
  const found = parseManifests(
    `# head\n---\n${provider}---\n# nothing\n---\nkind: [a\n---\n${provider}`,
    'a.yaml',
  );
  expect(found.map(({ document, kind, problems }) => [document, kind, problems.length])).toEqual([
    [0, 'ModelProvider', 0],
    [1, undefined, 1],
    [2, 'ModelProvider', 0],
  ]);
  expect(placedSummary(found[1]!)).toMatch(/^a\.yaml:13: is no YAML: /);
});

test('problems carry the line in the text', () => {
  expect(placedSummary(first(`# head\n---\n${provider.replace('OpenAI', 'openai')}`))).toBe(
    'a.yaml:7: spec.dialect: must be one of OpenAI, Anthropic, not "openai": write OpenAI',
  );
});

test.each([
  ['a scalar', 'hello', 'is no Kubernetes object: it needs apiVersion, kind and metadata'],
  ['a list', '- a', 'is no Kubernetes object: it needs apiVersion, kind and metadata'],
  [
    'an unknown version',
    provider.replace('v1alpha1', 'v9'),
    'apiVersion: "sluice.dev/v9" is not served: write sluice.dev/v1alpha1',
  ],
  ['no version', provider.replace(/^.*\n/, ''), 'apiVersion: is required: write sluice.dev/v1alpha1'],
  ['no kind', provider.replace(/kind.*\n/, ''), 'kind: is required'],
  [
    'a kind that is none',
    provider.replace('ModelProvider', 'Provider'),
    'kind: there is no "Provider": write one of PromptRelease, ModelRoute, ModelProvider, EvalSuite',
  ],
  ['a stray field', `${provider}sepc: {}`, 'sepc: unknown field: remove it or correct its name'],
  ['no metadata', provider.replace(/metadata.*\n/, ''), 'metadata: is required'],
  [
    'a name too long',
    provider.replace('openai}', `${'a'.repeat(53)}}`),
    'metadata.name: must have at most 52 characters',
  ],
  [
    'a label that is a number',
    provider.replace('openai}', 'a, labels: {a: 1}}'),
    'metadata.labels.a: must be a string, not 1: put it in quotes',
  ],
  [
    'an annotation that is null',
    provider.replace('openai}', 'a, annotations: {a: ~}}'),
    'metadata.annotations.a: must be a string, not null: give it a value',
  ],
  ['no spec', provider.replace(/spec:[\s\S]*/, ''), 'spec: is required'],
  [
    'a number that JSON has not',
    `${provider}  probe: {interval: .nan}`,
    'spec.probe.interval: must be a finite number',
  ],
  [
    'a key that reaches the prototype',
    `${provider}  __proto__: {polluted: true}`,
    'spec.__proto__: unknown field: this name is not allowed',
  ],
  ['too much', `${provider}# ${'x'.repeat(1024 * 1024)}`, 'is larger than 1024 KiB: split it up'],
])('%s is one problem', (_what, text, expected) => {
  expect(first(text).problems.map(({ path, message }) => (path ? `${path}: ${message}` : message))).toEqual([
    expected,
  ]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('aliases of aliases do not fill the memory', () => {
  const levels = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
  const { problems } = first(`${provider}x: {a0: &a0 [1], ${levels.join(', ')}}`);
  expect(problems[0]!.message).toBe('holds more than 1024 KiB: split it up');
});

test('nothing is checked in the objects of others', () => {
  const { kind, problems, raw } = first(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}\ndata: {k: v}',
  );
  expect({ kind, problems, data: raw?.data }).toEqual({ kind: undefined, problems: [], data: { k: 'v' } });
});

test.each([
  '',
  '---',
  '...',
  '--- ~',
  '\0',
  '%YAML 1.2\n---\na: 1',
  'a: 1\n...\nb: 2',
  '[',
  '&a [*a]',
  '? ? ?',
])('%j does not throw', (text) => {
  expect(() => parseManifests(text, 'a.yaml')).not.toThrow();
});

test('whatever is cut out of or put into a text, there is an answer in single lines', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('\n---\n', '&a', '*a', '<<: ', '{', ']', '? ', '!!binary ', '~', '\t', '"'),
  );
  fc.assert(
    fc.property(fc.nat(provider.length), fc.nat(20), piece, (at, cut, put) => {
      const text = provider.slice(0, at) + put + provider.slice(at + cut);
      for (const manifest of parseManifests(text, 'a.yaml')) {
        expect(placedSummary(manifest) ?? '').not.toContain('\n');
        expect(manifest.problems.every(({ line }) => line >= 1 && line <= text.split('\n').length)).toBe(
          true,
        );
        expect(
          manifest.problems.length > 0 || manifest.kind === undefined || manifest.spec !== undefined,
        ).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
