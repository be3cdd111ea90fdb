import { parseManifests } from '../../api/manifest.ts';
import { importedManifests } from './manifests.ts';
import { importPromptfoo } from './promptfoo.ts';

const madeOf = (config: object) => {
  const text = importedManifests(
    importPromptfoo(JSON.stringify(config), () => undefined),
    { name: 'made', route: 'fast' },
  );
  return parseManifests(text, 'm.yaml');
};

test('no two prompts have one name, whatever they are called', () => {
  const prompts = ['a-3', 'a', 'a'].map((label) => ({ raw: label, label }));
  const names = madeOf({ prompts }).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  expect(names).toEqual([
    'EvalSuite made',
    'PromptRelease a-3',
    'PromptRelease a',
    expect.stringMatching(/^PromptRelease a-\d$/),
  ]);
  expect(new Set(names).size).toBe(names.length);
});

test('cases whose letters take several bytes each go to ConfigMaps before an object is too large', () => {
  const tests = Array.from({ length: 200 }, (_, at) => ({ vars: { at, text: '漢'.repeat(2_000) } }));
  const made = madeOf({ tests });
  expect(made.flatMap(({ problems }) => problems)).toEqual([]);
  expect(made.map(({ raw }) => raw?.kind)).toEqual(['EvalSuite', 'ConfigMap', 'ConfigMap']);
});
