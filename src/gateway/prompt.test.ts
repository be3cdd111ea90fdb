import type { PromptContent } from '../api/prompt-release.ts';
import { compilePrompt } from './prompt.ts';

const CONTENT: PromptContent = {
  prompt: {
    messages: [
      { role: 'system', content: 'You triage for {{product}}.' },
      { placeholder: 'messages' },
      { role: 'user', content: 'Answer now.' },
    ],
    variables: { type: 'object', properties: { product: { type: 'string', default: 'Acme' } } },
  },
  parameters: { temperature: 0.2 },
  routeRef: { name: 'fast' },
};
const own = [{ role: 'user', content: 'hi' }];
const { render } = compilePrompt(CONTENT);
const systemOf = (body: Record<string, unknown>) => (body.messages as { content: string }[])[0]?.content;

test("puts the caller's messages at the placeholder and fills in defaults", () => {
  expect(render({ model: 'm', messages: own, top_p: 1 })).toEqual({
    model: 'm',
    top_p: 1,
    temperature: 0.2,
    messages: [
      { role: 'system', content: 'You triage for Acme.' },
      ...own,
      { role: 'user', content: 'Answer now.' },
    ],
  });
});

test("puts the caller's messages at the end where there is no placeholder", () => {
  const { render: renderPlain } = compilePrompt({
    prompt: { messages: [{ role: 'system', content: 'x' }] },
    routeRef: { name: 'fast' },
  });
  expect(renderPlain({ messages: own }).messages).toEqual([{ role: 'system', content: 'x' }, ...own]);
});

test.each([
  ['metadata', { metadata: { variables: { product: 'Zeta' } } }],
  ['metadata as text', { metadata: { variables: '{"product":"Zeta"}' } }],
  ['extra body', { variables: { product: 'Zeta' } }],
])('takes variables from %s and does not pass them on', (_where, given) => {
  const body = render({ ...given, messages: own });
  expect(systemOf(body)).toBe('You triage for Zeta.');
  expect(Object.keys(body).sort()).toEqual(['messages', 'temperature']);
});

test('other metadata stays', () => {
  expect(render({ metadata: { variables: {}, a: 'b' } }).metadata).toEqual({ a: 'b' });
});

test("the revision's parameters win over the caller's", () => {
  expect(render({ temperature: 1 }).temperature).toBe(0.2);
});

test("the prompt's parameters win over the backend's, which win over the caller's", () => {
  const ofBackend = { temperature: 0.5, max_completion_tokens: 100 };
  expect(render({ temperature: 1, max_completion_tokens: 100_000, top_p: 1 }, ofBackend)).toMatchObject({
    temperature: 0.2,
    max_completion_tokens: 100,
    top_p: 1,
  });
});

test('whether an answer is streamed, and what is said in it, is the call’s own', () => {
  const odd = { stream: true, stream_options: {}, model: 'x', messages: [{ role: 'user', content: 'x' }] };
  const { render: renderOdd } = compilePrompt({ ...CONTENT, parameters: odd });
  const body = renderOdd({ messages: own });
  expect(Object.keys(body)).toEqual(['messages']);
  expect(body.messages).toContain(own[0]);
});

test.each([
  [{ variables: { product: 7 } }, 'variables product must be string'],
  [{ variables: [] }, 'variables must be an object'],
  [{ metadata: { variables: '{' } }, 'variables must be an object'],
])('says what is wrong with variables: %j', (body, message) => {
  expect(() => render(body)).toThrow(expect.objectContaining({ code: 'invalid_variables', message }));
});

test('messages that are no list are refused', () => {
  expect(() => render({ messages: 'x' })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test("the caller's own object is left as it was", () => {
  const variables = {};
  render({ variables });
  expect(variables).toEqual({});
});

test('a polluted body pollutes nothing', () => {
  const body = JSON.parse('{"__proto__":{"x":1},"variables":{"__proto__":{"product":"evil"}}}') as Record<
    string,
    unknown
  >;
  expect(systemOf(render(body))).toBe('You triage for Acme.');
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('an answer schema asks for it and is held against the answer', () => {
  const schema = { type: 'object', required: ['queue'], properties: { queue: { type: 'string' } } };
  const arm = compilePrompt({ ...CONTENT, prompt: { ...CONTENT.prompt, responseSchema: schema } });
  expect(arm.render({}).response_format).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', schema },
  });
  expect(arm.render({ response_format: { type: 'text' } }).response_format).toEqual({ type: 'text' });
  expect(arm.render({ response_format: null }).response_format).toMatchObject({ type: 'json_schema' });
  expect(['{"queue":"a"}', '{"queue":1}', '{}', 'no'].map((each) => arm.answerSatisfies?.(each))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('a schema is compiled when it is first needed', () => {
  const broken = { ...CONTENT, prompt: { ...CONTENT.prompt, variables: { type: 'nonsense' } } };
  const arm = compilePrompt(broken);
  expect(() => arm.render({})).toThrow('schema is invalid');
});
