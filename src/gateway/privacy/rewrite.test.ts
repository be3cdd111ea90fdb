import fc from 'fast-check';
import { rewriteTexts, saidIn } from './rewrite.ts';

const hide = (text: string) => text.replaceAll('42', 'X');
const rewritten = (body: Record<string, unknown>) => rewriteTexts(body, hide);

test('texts wherever they stand, and no numbers or names of the request itself', () => {
  expect(
    rewritten({
      n42: 42,
      'a@42': 1,
      seed: 42,
      messages: [{ role: 'user', content: ['42', { text: 'a 42' }] }],
      user: '42',
    }),
  ).toEqual({
    n42: 42,
    'a@X': 1,
    seed: 42,
    messages: [{ role: 'user', content: ['X', { text: 'a X' }] }],
    user: 'X',
  });
});

test('numbers and names of what is a caller’s own data', () => {
  const input = { a42: 42, deep: [{ n: 7, m: 421 }] };
  expect(rewritten({ content: [{ type: 'tool_use', input }], metadata: { user_id: '42' } })).toEqual({
    content: [{ type: 'tool_use', input: { aX: 'X', deep: [{ n: 7, m: 'X1' }] } }],
    metadata: { user_id: 'X' },
  });
  expect(rewritten({ text: ' {"a": "4\\u0032", "b": [42, 1.0]}' })).toEqual({
    text: ' {"a": "X", "b": ["X", 1.0]}',
  });
});

test('JSON within a text stays as it is written, but for what changes', () => {
  const text = '[{ "n": 1.50, "big": 12345678901234567890 }, {"a":"42","a":"\\u00e9"}, "42", "[42]"]';
  expect(rewritten({ text })).toEqual({
    text: '[{ "n": 1.50, "big": 12345678901234567890 }, {"a":"X","a":"\\u00e9"}, "X", "[\\"X\\"]"]',
  });
  expect(rewritten({ text: '{"big": 12345678901234567842, "e": 4.2e1}' })).toEqual({
    text: '{"big": "123456789012345678X", "e": "X"}',
  });
});

test('what is data comes with what it is called', () => {
  const input = { password: 'a', phone: { number: 1, more: ['b', { x: 'c' }] } };
  const called = [
    ['a', 'input password'],
    ['1', 'phone number'],
    ['b', 'phone more'],
    ['c', 'more x'],
  ];
  const named = (body: Record<string, unknown>) =>
    saidIn(body).flatMap(({ text, name }) => (name === undefined ? [] : [[text, name]]));
  expect(named({ input })).toEqual(called);
  const own = called.map(([text, name]) => [text, name!.replace('input ', '')]);
  expect(named({ arguments: JSON.stringify(input) })).toEqual(own);
  expect(named({ content: JSON.stringify(input) })).toEqual(own);
  expect(named({ metadata: { input: JSON.stringify(input) } })).toEqual(called);
  expect(named({ messages: [{ role: 'user', content: 'a' }], user: 'b' })).toEqual([]);
});

test('what has a name and a value is called by its name, read or as it is written', () => {
  const fields = fc.constantFrom('name', 'key', 'value', 'other');
  const leaf = fc.constantFrom<unknown>('a', 'b', 1);
  const nested = (inner: fc.Arbitrary<unknown>) =>
    fc.oneof(leaf, fc.dictionary(fields, inner), fc.array(inner, { maxLength: 2 }));
  const named = (body: Record<string, unknown>) =>
    saidIn(body).flatMap(({ text, name }) => (name === undefined ? [] : [`${name}: ${text}`]));
  fc.assert(
    fc.property(fc.dictionary(fields, nested(nested(nested(leaf)))), (metadata) => {
      const read = named({ x: { metadata } });
      expect(new Set(named({ x: JSON.stringify({ metadata }) }))).toEqual(new Set(read));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['ids and types', { id: 'call_42', tool_use_id: 'tu-42', type: 't42', role: 'r42', model: 'm42' }],
  ['names of tools', { type: 'function', function: { name: 'f42' } }],
  ['files', { url: 'data:image/png;base64,ab42==', source: { type: 'base64', data: 'ab42' } }],
  ['signatures', { type: 'thinking', signature: 'ab42==', encrypted_content: '42' }],
  ['tokens', { input: [[42, 421]] }],
])('%s stay as they are', (_what, body) => {
  expect(rewritten(body)).toBe(body);
});

test.each([
  ['an id that is more than a name', { user_id: 'a@42' }, { user_id: 'a@X' }],
  ['an id that no API has', { card_id: '42' }, { card_id: 'X' }],
  ['who speaks', { role: 'user', name: '42' }, { role: 'user', name: 'X' }],
  ['a file of text', { type: 'text', data: '42' }, { type: 'text', data: 'X' }],
  ['what only begins like a file', { text: 'data:x;base64,42 is it' }, { text: 'data:x;base64,X is it' }],
  ['what only begins like JSON', { text: '[42] is it' }, { text: '[X] is it' }],
])('%s is looked at', (_what, body, clean) => {
  expect(rewritten(body)).toEqual(clean);
});

test('JSON that would take a call’s time to read is looked at as a text', () => {
  const text = `${'['.repeat(100_000)}42`;
  expect(rewritten({ text: text + ']'.repeat(100_000) })).toEqual({
    text: `${'['.repeat(100_000)}X${']'.repeat(100_000)}`,
  });
});
