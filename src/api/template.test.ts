import type { Prompt } from './prompt-release.ts';
import { checkPrompt, parseTemplate, renderTemplate } from './template.ts';

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
