import type { Prompt } from './prompt-release.ts';
import { checkPrompt, compileSchema, parseTemplate, renderTemplate } from './template.ts';

const prompt = (content: string, over: Partial<Prompt> = {}): Prompt => ({
  messages: [{ role: 'system', content }],
  variables: { type: 'object', properties: { product: { type: 'string' }, user: { type: 'object' } } },
  ...over,
});
const render = (content: string, variables: Record<string, unknown>) =>
  renderTemplate(parseTemplate(content), variables);

test('fills in variables without escaping', () => {
  expect(render('{{a}} & {{{b}}} & {{c.d}}', { a: '<x>', b: '"', c: { d: 1 } })).toBe('<x> & " & 1');
});

test('reads own properties only', () => {
  expect(render('[{{constructor}}{{a.__proto__}}{{toString}}]', { a: {} })).toBe('[]');
});

test('a value is not a template', () => {
  expect(render('{{a}}', { a: '{{b}}', b: 'x' })).toBe('{{b}}');
});

test.each(['{{#a}}x{{/a}}', '{{^a}}x{{/a}}', '{{>a}}', '{{=<% %>=}}', '{{a', '{{a b}}', '{{.}}'])(
  'refuses %s',
  (content) => {
    expect(checkPrompt(prompt(content))).toMatchObject([{ path: 'spec.prompt.messages[0].content' }]);
  },
);

test('names the unknown variable and its field', () => {
  expect(checkPrompt(prompt('{{product}} {{prodcut}}'))).toEqual([
    {
      path: 'spec.prompt.messages[0].content',
      message:
        'uses the unknown variable "prodcut"; declare it under spec.prompt.variables.properties or correct the name',
    },
  ]);
  expect(checkPrompt({ messages: [{ role: 'user', content: '{{x}}' }] })).toHaveLength(1);
  expect(checkPrompt(prompt('{{user.name}}'))).toEqual([]);
});

test('a schema that is none is found', () => {
  const problems = checkPrompt(prompt('x', { responseSchema: { type: 'nothing' } }));
  expect(problems).toMatchObject([{ path: 'spec.prompt.responseSchema' }]);
});

test('schemas do not meet: each may have the name of another, and none can refer to another', () => {
  const [first, second] = [
    { $id: 'same', type: 'object' },
    { $id: 'same', type: 'string' },
  ].map((schema) => compileSchema(schema));
  expect([first?.({}), first?.('x'), second?.({}), second?.('x')]).toEqual([true, false, false, true]);
  expect(() => compileSchema({ $ref: 'same' })).toThrow("can't resolve reference");
});

test('a schema cannot take the place of the schema of schemas', () => {
  const $id = 'http://json-schema.org/draft-07/schema#';
  expect(() => compileSchema({ $id, type: 'object' })).toThrow('already exists');
  expect(() => compileSchema({ type: 'nonsense' })).toThrow('schema is invalid');
  expect(compileSchema({ $ref: $id })({ type: 'nonsense' })).toBe(false);
});

test('a schema that would answer later is refused, and said to be', () => {
  const variables = { $async: true, type: 'object', required: ['product'] };
  expect(() => compileSchema(variables)).toThrow('"$async" is not allowed');
  expect(checkPrompt(prompt('x', { variables }))).toEqual([
    {
      path: 'spec.prompt.variables',
      message: 'is no valid JSON Schema: "$async" is not allowed',
    },
  ]);
});

test('a schema may refer to itself', () => {
  const tree = compileSchema({ type: 'object', properties: { child: { $ref: '#' } }, required: ['name'] });
  expect([tree({ name: 1, child: { name: 2 } }), tree({ name: 1, child: {} })]).toEqual([true, false]);
});

test('a schema that is broken leaves nothing behind', () => {
  const broken = { type: 'nonsense' };
  expect(() => compileSchema(broken)).toThrow('schema is invalid');
  expect(() => compileSchema(broken)).toThrow('schema is invalid');
});

test('a pattern in a schema takes time in proportion to the text', () => {
  const satisfies = compileSchema({ type: 'string', pattern: '^(a+)+$' });
  expect(satisfies('a'.repeat(1_000))).toBe(true);
  expect(satisfies(`${'a'.repeat(1_000)}!`)).toBe(false);
  expect(() => compileSchema({ pattern: '(?=a)' })).toThrow('pattern "(?=a)" is not understood');
});
