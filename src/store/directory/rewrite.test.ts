import { load } from 'js-yaml';
import { rewriteSpec } from './rewrite.ts';

const first = '# first\nkind: A   # odd   spacing\nspec: {x: 1,   y: 2}\n';
const second = '\n# kept at the top\nkind: B\nspec:\n  keep: yes # lost\n  old: 1\n  gone: 2\n';
const third = 'kind: C\nspec:\n  z: [1,\n    2]';

test('only the one document changes, the others stay byte for byte', () => {
  const text = `${first}---\n${second}--- # marker\n${third}`;
  const file = { path: 'f.yaml', text, document: 1 };
  const changed = rewriteSpec(file, { keep: true, old: 1, gone: 2 }, { old: { n: 3 }, gone: undefined })!;
  expect(changed.startsWith(`${first}---\n\n# kept at the top\n`)).toBe(true);
  expect(changed.endsWith(`--- # marker\n${third}`)).toBe(true);
  const middle = changed.slice(first.length + 4, -third.length - '--- # marker\n'.length);
  expect(load(middle)).toEqual({ kind: 'B', spec: { keep: true, old: { n: 3 } } });
});

test('a document edited since is left alone', () => {
  expect(rewriteSpec({ path: 'f.yaml', text: first, document: 0 }, { x: 1 }, { x: 2 })).toBeUndefined();
  expect(rewriteSpec({ path: 'f.yaml', text: first, document: 4 }, {}, { x: 2 })).toBeUndefined();
});

test("a document on its marker's own line and a JSON file stay readable", () => {
  const inline = rewriteSpec(
    { path: 'f.yaml', text: '--- {spec: {x: 1}}\n', document: 0 },
    { x: 1 },
    { x: 2 },
  )!;
  expect(load(inline)).toEqual({ spec: { x: 2 } });
  const json = rewriteSpec({ path: 'f.json', text: '{"spec": {"x": 1}}', document: 0 }, { x: 1 }, { x: 2 })!;
  expect(JSON.parse(json)).toEqual({ spec: { x: 2 } });
});
