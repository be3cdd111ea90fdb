import { readPlain, streamReader } from './chat-answer.ts';

const USAGE = {
  prompt_tokens: 10,
  completion_tokens: 4,
  prompt_tokens_details: { cached_tokens: 6 },
  completion_tokens_details: { reasoning_tokens: 2 },
};
const plain = (message: object, finish_reason = 'stop', over: object = {}) =>
  Buffer.from(
    JSON.stringify({ id: 'c1', model: 'm-1', choices: [{ message, finish_reason }], usage: USAGE, ...over }),
  );
const isJson = (content: string) => content.startsWith('{');

test('a success with its usage', () => {
  expect(readPlain(200, plain({ content: 'Hello' }))).toEqual({
    outcome: 'success',
    usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 6, reasoningTokens: 2 },
    modelAnswered: 'm-1',
    responseId: 'c1',
    text: 'Hello',
    finishReason: 'stop',
    toolCalls: 0,
    schemaChecked: false,
  });
});

test.each([
  ['the refusal field', { content: null, refusal: 'No.' }, 'stop'],
  ['a filtered answer', { content: '' }, 'content_filter'],
  ['plain words', { content: "I'm sorry, but I can't help with that." }, 'stop'],
  ['typographic words', { content: 'I’m sorry, but I can’t help with that.' }, 'stop'],
])('a refusal by %s', (_how, message, finish) => {
  expect(readPlain(200, plain(message, finish), { satisfies: isJson }).outcome).toBe('refusal');
});

test.each([
  "I'm sorry to hear that. Your order …",
  'Sorry for the delay, here it is.',
  'You cannot help it.',
])('no refusal: %s', (content) => {
  expect(readPlain(200, plain({ content })).outcome).toBe('success');
});

test.each([
  ['stop', '{}', 'success'],
  ['stop', 'nope', 'schema_invalid'],
  ['length', '{}', 'truncated'],
  ['length', 'no', 'schema_invalid'],
])('held against a schema (%s %s)', (finish, content, outcome) => {
  expect(readPlain(200, plain({ content }, finish), { satisfies: isJson })).toMatchObject({
    outcome,
    schemaChecked: true,
  });
});

test.each([
  [429, {}, 'rate_limited'],
  [500, {}, 'upstream_5xx'],
  [404, {}, 'upstream_4xx'],
  [400, { error: { code: 'content_filter' } }, 'refusal'],
  [400, { error: { code: 'other' } }, 'upstream_4xx'],
  [200, { error: { type: 'server_error' } }, 'upstream_5xx'],
  [200, { error: { code: 429 } }, 'rate_limited'],
  [200, { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, 'rate_limited'],
  [200, { error: { code: 'insufficient_quota' } }, 'rate_limited'],
  [200, { error: { code: 'context_length_exceeded' } }, 'upstream_4xx'],
  [200, { error: { type: 'authentication_error' } }, 'upstream_4xx'],
  [200, { error: { code: 'content_filter' } }, 'refusal'],
  [200, { error: 'overloaded' }, 'upstream_5xx'],
  [200, { choices: [] }, 'upstream_5xx'],
  [200, 7, 'upstream_5xx'],
])('status %i with %j', (status, body, outcome) => {
  expect(readPlain(status, Buffer.from(JSON.stringify(body))).outcome).toBe(outcome);
});

test('no usage is not zero usage', () => {
  expect(readPlain(200, plain({ content: 'x' }, 'stop', { usage: undefined })).usage).toBeUndefined();
  expect(
    readPlain(200, plain({ content: 'x' }, 'stop', { usage: { prompt_tokens: null } })).usage,
  ).toBeUndefined();
});

test('a stream is read as the plain answer is', () => {
  const reader = streamReader();
  const delta = (content: string) =>
    JSON.stringify({ id: 'c1', model: 'm-1', choices: [{ delta: { content } }] });
  const last = JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] });
  const usage = JSON.stringify({ choices: [], usage: USAGE });
  expect([delta('Hel'), delta('lo'), last, usage, '[DONE]'].map(reader.push)).toEqual([
    'content',
    'content',
    'content',
    'usage-only',
    'done',
  ]);
  expect(reader.end()).toEqual(readPlain(200, plain({ content: 'Hello' })));
});

test('an error in a stream is an error, a break is a break', () => {
  const reader = streamReader();
  expect(reader.push('{"error":{"message":"x"}}')).toBe('error');
  expect(reader.end().outcome).toBe('upstream_5xx');
  expect(streamReader().end('stream_interrupted').outcome).toBe('stream_interrupted');
});

test('of several choices the first stands for the answer, however they are mixed', () => {
  const reader = streamReader({ satisfies: isJson });
  const piece = (index: number, content: string, finish_reason: string | null = null) =>
    JSON.stringify({ choices: [{ index, delta: { content }, finish_reason }] });
  for (const data of [piece(1, 'x'), piece(0, '{'), piece(1, 'y', 'length'), piece(0, '}', 'stop')])
    expect(reader.push(data)).toBe('content');
  expect(reader.end()).toMatchObject({ outcome: 'success', text: '{}', schemaChecked: true });

  const choices = [
    { index: 1, message: { content: 'xy' }, finish_reason: 'length' },
    { index: 0, message: { content: '{}' }, finish_reason: 'stop' },
  ];
  const whole = readPlain(200, Buffer.from(JSON.stringify({ choices })), { satisfies: isJson });
  expect(whole).toMatchObject({ outcome: 'success', text: '{}' });
});

test('a text of more than is kept is held against no schema', () => {
  const long = 'x'.repeat(1024 * 1024 + 1);
  const reader = streamReader({ satisfies: isJson });
  reader.push(JSON.stringify({ choices: [{ delta: { content: long }, finish_reason: 'stop' }] }));
  for (const answer of [reader.end(), readPlain(200, plain({ content: long }), { satisfies: isJson })]) {
    expect(answer).toMatchObject({ outcome: 'success', schemaChecked: false });
    expect(answer.text).toBeUndefined();
  }
});

test('calls of tools are put together and judged, in one piece and in many', () => {
  const seen: unknown[] = [];
  const options = {
    callsWrongly: (calls: readonly unknown[]) => {
      seen.push(calls);
      return true;
    },
  };
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } };
  const whole = readPlain(200, plain({ content: null, tool_calls: [call] }, 'tool_calls'), options);
  const reader = streamReader(options);
  for (const args of ['', '{"x"', ':1}']) {
    const part = { index: 0, ...(args === '' && { id: 'a' }), function: { name: 'f', arguments: args } };
    reader.push(JSON.stringify({ choices: [{ delta: { tool_calls: [part] } }] }));
  }
  reader.push(JSON.stringify({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] }));
  for (const answer of [whole, reader.end()])
    expect(answer).toMatchObject({ outcome: 'success', toolCalls: 1, toolsFailed: true });
  expect(seen).toEqual([[{ name: 'f', args: '{"x":1}' }], [{ name: 'f', args: '{"x":1}' }]]);
});

test('without a call of a tool, or with a stream that broke off, no tools are judged', () => {
  const options = { callsWrongly: () => true };
  expect(readPlain(200, plain({ content: 'Hello' }), options).toolsFailed).toBeUndefined();
  const reader = streamReader(options);
  reader.push(
    JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, function: { name: 'f' } }] } }] }),
  );
  expect(reader.end('stream_interrupted')).toEqual({
    outcome: 'stream_interrupted',
    toolCalls: 1,
    schemaChecked: false,
    heard: { outputTokens: 0 },
  });
});

test('what was said, thought and called in any choice is heard, whatever ends the stream', () => {
  const delta = (said: object, index = 0) => JSON.stringify({ choices: [{ index, delta: said }] });
  const all = [
    delta({ content: 'x'.repeat(40) }),
    delta({ content: 'x'.repeat(40) }, 1),
    delta({ reasoning_content: 'y'.repeat(40) }),
    delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: 'z'.repeat(40) } }] }),
  ];
  for (const last of ['', '{"error":{"message":"x"}}']) {
    const reader = streamReader();
    for (const data of all) reader.push(data);
    if (last !== '') reader.push(last);
    expect(reader.end(last === '' ? 'client_cancelled' : undefined).heard).toEqual({ outputTokens: 40 });
  }
});

test('a text that is too long to be kept is heard all the same, and other letters count as what they are', () => {
  const reader = streamReader();
  const say = (content: string) =>
    reader.push(JSON.stringify({ choices: [{ index: 0, delta: { content } }] }));
  say('漢'.repeat(12));
  expect(reader.end('timeout').heard).toEqual({ outputTokens: 12 });
  for (let n = 0; n < 3; n++) say('x'.repeat(1024 * 512));
  expect(reader.end('timeout').heard?.outputTokens).toBeGreaterThan((1024 * 512 * 3) / 4);
});

test('usage that comes with each chunk is whole only once the answer is', () => {
  const usage = (completion_tokens: number) => ({ prompt_tokens: 9, completion_tokens, total_tokens: 9 });
  const piece = (tokens: number, finish_reason: string | null = null) =>
    JSON.stringify({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason }], usage: usage(tokens) });
  const reader = streamReader();
  reader.push(piece(0));
  reader.push(piece(3));
  const cut = reader.end('client_cancelled');
  expect(cut).not.toHaveProperty('usage');
  expect(cut.heard).toEqual({ input: { inputTokens: 9 }, outputTokens: 3 });
  reader.push(piece(4, 'stop'));
  const whole = reader.end();
  expect(whole.usage).toEqual({ inputTokens: 9, outputTokens: 4 });
  expect(whole).not.toHaveProperty('heard');
  const unfinished = streamReader();
  unfinished.push(piece(4));
  unfinished.push('[DONE]');
  expect(unfinished.end().usage).toEqual({ inputTokens: 9, outputTokens: 4 });
});
