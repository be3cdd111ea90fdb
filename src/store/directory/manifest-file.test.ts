import { parseFile } from './manifest-file.ts';

const parse = (text: string) => parseFile({ path: 'a.yaml', text, stamp: '' }, 'default');

const provider = `apiVersion: sluice.dev/v1alpha1
kind: ModelProvider
metadata: {name: openai}
spec:
  dialect: OpenAI
  baseURL: https://api.openai.com/v1
`;

test('an object without a namespace gets the default one', () => {
  const { objects, problem } = parse(provider);
  expect(problem).toBeUndefined();
  expect(objects).toMatchObject([{ kind: 'ModelProvider', namespace: 'default', name: 'openai' }]);
  expect(objects[0]).not.toHaveProperty('invalid');
});

test('a field that fails the schema is named with file and line', () => {
  const { objects } = parse(`# head\n---\n${provider.replace('OpenAI', 'Morse')}`);
  expect(objects[0]!.invalid).toMatch(/^a\.yaml:7: spec\.dialect: .*OpenAI/);
});

test('a version that is not served and a stray field are faults of the object', () => {
  expect(parse(provider.replace('v1alpha1', 'v9')).objects[0]!.invalid).toBe(
    'a.yaml:1: apiVersion: "sluice.dev/v9" is not served: write sluice.dev/v1alpha1',
  );
  expect(parse(`${provider}sepc: {}\n`).objects[0]!.invalid).toBe(
    'a.yaml:7: sepc: unknown field: remove it or correct its name',
  );
});

test('one document that is no YAML makes a problem of the whole file', () => {
  const { objects, problem } = parse(`${provider}---\nkind: [unclosed\nb: c\n`);
  expect(objects).toEqual([]);
  expect(problem).toMatch(/^a\.yaml:[89]: /);
});

test('an object of ours without a proper name makes a problem of the file', () => {
  expect(parse(provider.replace('openai}', 'Open_AI}')).problem).toBe(
    'a.yaml:3: metadata.name: must be a lower-case RFC 1123 name such as my-name, not "Open_AI"',
  );
});

test('a Secret is refused without a trace of its content', () => {
  const parsed = parse('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {key: hunter2}\n');
  expect(parsed.notes).toHaveLength(1);
  expect(parsed.notes[0]).toContain('environment');
  expect(JSON.stringify(parsed)).not.toContain('hunter2');
});

test('other kinds are noted and left out; ConfigMaps are read', () => {
  const parsed = parse(
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: "n"}\ndata: {k: text}\n',
  );
  expect(parsed.notes).toEqual(["a.yaml:1: apps/v1 Deployment is none of Sluice's kinds: ignored"]);
  expect(parsed.configMaps).toEqual([{ namespace: 'n', name: 'c', data: { k: 'text' } }]);
});

test('a kind of ours that is mistyped makes a problem of the file, so that nothing passes for deleted', () => {
  expect(parse(provider.replace('ModelProvider', 'ModelProvder')).problem).toMatch(
    /^a\.yaml:2: kind: there is no "ModelProvder": write one of .*ModelProvider/,
  );
});
