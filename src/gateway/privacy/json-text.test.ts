import fc from 'fast-check';
import { type JsonParts, rewriteJson } from './json-text.ts';

/** Turns everything around, so that what is left out shows. */
const TURNED: JsonParts = {
  text: (value) => `${value}!`,
  number: () => '#',
  name: (field) => `${field}?`,
};
const SAME: JsonParts = {
  text: (value) => value,
  number: (written) => written,
  name: (field) => field,
};

/** What `TURNED` makes of a value. */
function turned(value: unknown): unknown {
  if (typeof value === 'string') return `${value}!`;
  if (typeof value === 'number') return '#';
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [`${name}?`, turned(each)]));
}

const spaced = fc.constantFrom(undefined, 2, '\t');

test('every text, number and name is handed out, and nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), spaced, (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(JSON.parse(rewriteJson(text, '', TURNED))).toEqual(turned(JSON.parse(text)));
    }),
    { numRuns: 1_000 },
  );
});

test('what does not change stays as it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), spaced, (value, space) => {
      const text = ` ${JSON.stringify(value, null, space)}\n`;
      expect(rewriteJson(text, '', SAME)).toBe(text);
    }),
  );
});

test('values come with the field that they are in, and the one that its object is in', () => {
  const seen: string[] = [];
  const see = (value: string, field: string, parent: string) => {
    seen.push(`${parent}/${field}=${value}`);
    return value;
  };
  const text = '{"a": ["x", {"b": 1.50, "c": {"d": "y"}}, "z"], "e": -2e3, "e": "\\u0041"}';
  rewriteJson(text, 'f', { text: see, number: see, name: (field) => field });
  expect(seen).toEqual(['f/a=x', 'a/b=1.50', 'c/d=y', 'f/a=z', 'f/e=-2e3', 'f/e=A']);
});
