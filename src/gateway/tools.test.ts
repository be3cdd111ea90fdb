import { callsToolWrongly, toolSchemas } from './tools.ts';

const tool = (name: string, parameters?: object) => ({
  type: 'function',
  function: { name, ...(parameters && { parameters }) },
});
const lookUp = tool('look_up', {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' } },
  additionalProperties: false,
});
const satisfy = toolSchemas({ messages: [], tools: [lookUp, tool('bare')] });
const wrong = (name: string, args: string | undefined, callers?: unknown[]) =>
  callsToolWrongly(
    [{ name, ...(args !== undefined && { args }) }],
    [lookUp, tool('bare'), ...(callers ?? [])],
    callers,
    satisfy,
  );

test.each([
  ['arguments as declared', 'look_up', '{"id": 7}', false],
  ['arguments of another type', 'look_up', '{"id": "7"}', true],
  ['an argument that is not declared', 'look_up', '{"id": 7, "all": true}', true],
  ['arguments cut off', 'look_up', '{"id": ', true],
  ['no arguments at all', 'look_up', '', true],
  ['a tool that declares none', 'bare', '{"any": 1}', false],
  ['a tool that declares none, and no JSON', 'bare', 'any', true],
  ['a tool that was not offered', 'delete_all', '{}', true],
  ['no name', '', '{}', true],
])('%s', (_what, name, args, expected) => {
  expect(wrong(name, args)).toBe(expected);
});

test("a caller's tools are held to their name and to JSON, also where they bear the name of the revision's", () => {
  const callers = [tool('own', { type: 'object', required: ['x'] }), tool('look_up', { type: 'object' })];
  expect(wrong('own', '{}', callers)).toBe(false);
  expect(wrong('own', '{', callers)).toBe(true);
  expect(wrong('look_up', '{"id": "seven"}', callers)).toBe(false);
});

test('one wrong call among right ones makes the answer wrong', () => {
  const right = { name: 'bare', args: '{}' };
  const calls = [right, { name: 'look_up', args: '{}' }];
  expect(callsToolWrongly(calls, [lookUp, tool('bare')], undefined, satisfy)).toBe(true);
  expect(callsToolWrongly([right], [lookUp, tool('bare')], undefined, satisfy)).toBe(false);
});

test('nothing offered: no call is right', () => {
  expect(callsToolWrongly([{ name: 'x', args: '{}' }], undefined, undefined, undefined)).toBe(true);
  expect(callsToolWrongly([{ name: 'x', args: '{}' }], 'nonsense', undefined, undefined)).toBe(true);
});

test('the input of a custom tool is any text, and a tool of an unknown kind goes by any name', () => {
  const custom = { type: 'custom', custom: { name: 'shell' } };
  expect(callsToolWrongly([{ name: 'shell' }], [custom], undefined, undefined)).toBe(false);
  expect(callsToolWrongly([{ name: 'other' }], [custom], undefined, undefined)).toBe(true);
  expect(callsToolWrongly([{ name: 'other', args: '{}' }], [{ type: 'web' }], undefined, undefined)).toBe(
    false,
  );
});

test('a schema that is none holds nothing', () => {
  const odd = toolSchemas({ messages: [], tools: [tool('odd', { type: 'no-such-type' })] });
  expect(odd?.('odd', { any: 1 })).toBe(true);
});

test('a prompt whose tools declare no arguments has nothing to hold them against', () => {
  expect(toolSchemas({ messages: [], tools: [tool('bare'), { type: 'web' }] })).toBeUndefined();
  expect(toolSchemas({ messages: [] })).toBeUndefined();
});
