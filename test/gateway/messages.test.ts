import Anthropic from '@anthropic-ai/sdk';
import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { held, KEY, type Stage, startStage } from './stage.ts';

let stage: Stage;
let client: Anthropic;
const TOOL = { name: 'look_up', input_schema: { type: 'object' as const, required: ['id'] } };
const PRICES = { input: '3', cachedInput: '0.3', cacheWrite: '3.75', output: '15' };

beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: { rate: 1, status: 529 }, answer: 'x' },
    { match: { text: 'BUSY' }, errors: { rate: 1, status: 429, retryAfter: 7 }, answer: 'x' },
    { match: { text: 'EVENT' }, errorEvents: { rate: 1, afterChunks: 0 }, answer: 'x' },
    { match: { text: 'LATE' }, errorEvents: { rate: 1, afterChunks: 3 }, answer: 'one two three four' },
    {
      match: { text: 'BREAK' },
      breaks: { rate: 1, afterChunks: 3 },
      tokensPerSecond: 200,
      answer: 'one two three',
    },
    { match: { text: 'REFUSE' }, refusals: 1, answer: 'x' },
    { match: { text: 'CUT' }, truncations: 1, answer: 'a long answer that is cut' },
    { match: { text: 'TOOL' }, toolCalls: { rate: 1, arguments: '{"id":"A-1"}' }, answer: 'x' },
    { match: { text: 'WRONG' }, toolCalls: { rate: 1, name: 'other' }, answer: 'x' },
    { match: { text: 'CACHED' }, usage: { cached: 0.5, cacheCreation: 0.5, reasoning: 4 }, answer: 'Hello' },
    { match: {}, answer: 'Hello' },
  ]);
  stage.putProvider('claude', {
    dialect: 'Anthropic',
    models: [{ name: 'claude-a', pricesPerMillion: PRICES }],
  });
  stage.putRoute([{ providerRef: { name: 'claude' }, model: 'claude-a' }], {
    rollout: { strategy: 'Immediate' },
  });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  client = new Anthropic({
    baseURL: stage.gateway.url,
    apiKey: 'callers-own-key',
    maxRetries: 0,
    timeout: 10_000,
  });
});
afterEach(() => stage.stop());

const stable = () => stage.status().stableRevision!;
const says = (content: string, over: object = {}) => ({
  model: 'triage',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content }],
  ...over,
});

test('a plain message: prompt before the caller’s system, key, headers and cache marks as they should be', async () => {
  const marked = { type: 'text' as const, text: 'Be brief.', cache_control: { type: 'ephemeral' as const } };
  const { data, response } = await client.messages
    .create(says('hi', { system: [marked], metadata: { user_id: 'u-1' } }), {
      headers: { 'anthropic-beta': 'some-beta-2026-01-01' },
    })
    .withResponse();
  expect(data).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'Hello' }] });
  expect(response.headers.get('x-sluice-revision')).toBe(stable());
  const [{ body, headers } = { body: {}, headers: {} }] = stage.seen;
  expect(body).toEqual({
    model: 'claude-a',
    max_tokens: 64,
    system: [{ type: 'text', text: 'You are A.' }, marked],
    messages: [{ role: 'user', content: 'hi' }],
    metadata: { user_id: 'u-1' },
  });
  expect(headers).toMatchObject({
    'x-api-key': KEY,
    'anthropic-version': expect.stringMatching(/^20/),
    'anthropic-beta': 'some-beta-2026-01-01',
  });
  expect(JSON.stringify(stage.seen)).not.toContain('callers-own-key');
  expect(await stage.records()).toMatchObject([
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.response.id': data.id,
      'gen_ai.usage.input_tokens': data.usage.input_tokens,
      'gen_ai.usage.output_tokens': data.usage.output_tokens,
      'sluice.outcome': 'success',
      'sluice.prompt.hash': expect.stringMatching(/^sha256:/),
      'sluice.cost_usd': (data.usage.input_tokens * 3 + data.usage.output_tokens * 15) / 1e6,
    },
  ]);
  expect(stage.outcomes(stable())).toEqual({ success: 1 });
});

test.each([
  ['plain', false],
  ['streamed', true],
])('cached, cache-creating and thinking tokens are parts of the totals: %s', async (_how, streams) => {
  if (streams) await client.messages.stream(says('CACHED '.repeat(40))).finalMessage();
  else await client.messages.create(says('CACHED '.repeat(40)));
  const [record] = await stage.records();
  const count = (name: string) => Number(record![`gen_ai.usage.${name}`]);
  const [input, output] = [count('input_tokens'), count('output_tokens')];
  const [read, written] = [count('cache_read.input_tokens'), count('cache_creation.input_tokens')];
  expect(read).toBeGreaterThan(20);
  expect(written).toBeGreaterThan(10);
  expect(input).toBeGreaterThan(read + written);
  expect(record!['sluice.usage.reasoning_tokens']).toBe(4);
  const cost = (input - read - written) * 3 + read * 0.3 + written * 3.75 + output * 15;
  expect(record!['sluice.cost_usd']).toBeCloseTo(cost / 1e6, 12);
});

test('a streamed message arrives event by event as it was sent, and is accounted for', async () => {
  const stream = client.messages.stream(says('hi', { metadata: { user_id: 'u' } }));
  const types: string[] = [];
  stream.on('streamEvent', ({ type }) => void types.push(type));
  const message = await stream.finalMessage();
  expect(message.content).toEqual([{ type: 'text', text: 'Hello' }]);
  expect(message.stop_reason).toBe('end_turn');
  expect(types[0]).toBe('message_start');
  expect(types.at(-1)).toBe('message_stop');
  expect(await stage.records()).toMatchObject([
    {
      'sluice.stream': true,
      'sluice.outcome': 'success',
      'sluice.first_token_ms': expect.any(Number),
      'gen_ai.usage.input_tokens': message.usage.input_tokens,
      'gen_ai.usage.output_tokens': message.usage.output_tokens,
    },
  ]);
});

test.each([
  ['plain', false],
  ['streamed', true],
])('tools are offered, called and counted, right and wrong: %s', async (_how, streams) => {
  const ask = async (content: string) => {
    const body = says(content, { tools: [TOOL] });
    return streams ? client.messages.stream(body).finalMessage() : client.messages.create(body);
  };
  const { content, stop_reason } = await ask('TOOL');
  expect(stop_reason).toBe('tool_use');
  expect(content).toMatchObject([{ type: 'tool_use', name: 'look_up', input: { id: 'A-1' } }]);
  await ask('WRONG');
  const records = await stage.records();
  expect(records.map((each) => [each['sluice.tool_calls'], each['sluice.tool_calls.failed']])).toEqual([
    [1, false],
    [1, true],
  ]);
});

test.each([
  ['REFUSE', 'refusal', 'refusal'],
  ['CUT', 'max_tokens', 'truncated'],
])('%s: stop_reason %s is %s, plain and streamed', async (text, reason, outcome) => {
  expect((await client.messages.create(says(text))).stop_reason).toBe(reason);
  expect((await client.messages.stream(says(text)).finalMessage()).stop_reason).toBe(reason);
  expect((await stage.records()).map((record) => record['sluice.outcome'])).toEqual([outcome, outcome]);
});

test('the provider’s own errors and the gateway’s come in Anthropic’s form', async () => {
  const busy = client.messages.create(says('BUSY'));
  await expect(busy).rejects.toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
  await expect(busy.catch((error) => error.headers.get('retry-after'))).resolves.toBe('7');
  await expect(client.messages.create(says('x', { model: 'nobody' }))).rejects.toMatchObject({
    status: 404,
    error: { type: 'error', error: { type: 'not_found_error', message: expect.stringContaining('nobody') } },
  });
  const { statusCode, body } = await request(`${stage.gateway.url}/v1/messages`, {
    method: 'POST',
    body: '{',
  });
  expect([statusCode, await body.json()]).toEqual([
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: 'the body is no JSON' } },
  ]);
});

test('what fails before its first event is answered by stable, after it ends in an error event', async () => {
  for (const [content, attempt] of [
    ['FAIL', 2],
    ['EVENT', 3],
  ] as const) {
    stage.putRelease(content, { rollout: held(100) });
    await stage.until((status) => status.attempt === attempt && status.candidateRevision !== undefined);
    const candidate = stage.status().candidateRevision!;
    const { data, response } = await client.messages.create({ ...says('hi'), stream: true }).withResponse();
    let text = '';
    for await (const event of data) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    }
    expect(text).toBe('Hello');
    expect(response.headers.get('x-sluice-revision')).toBe(stable());
    expect(stage.outcomes(candidate)).toEqual({ upstream_5xx: 1 });
  }
  const read = async (content: string) => {
    for await (const _ of await client.messages.create({ ...says(content), stream: true }));
  };
  await expect(read('LATE')).rejects.toThrow();
  await expect(read('BREAK')).rejects.toThrow(/broke off in mid-answer/);
});

test('tokens are counted with the prompt of the revision, and charged to nobody', async () => {
  const { input_tokens } = await client.messages.countTokens({
    ...says('hi'),
    max_tokens: undefined,
  } as never);
  await client.messages.create(says('hi'));
  const [counted, sent] = stage.seen.map(({ body }) => body);
  expect(counted).toEqual({ model: 'claude-a', system: sent?.system, messages: sent?.messages });
  const records = await stage.records();
  expect(records[1]!['gen_ai.usage.input_tokens']).toBe(input_tokens);
  expect(records[0]).toMatchObject({ 'gen_ai.operation.name': 'count_tokens', 'sluice.outcome': 'success' });
  expect(records[0]).not.toHaveProperty(['sluice.cost_usd']);
  expect(stage.outcomes(stable())).toEqual({ success: 1 });
});

test('parameters, tools and schema of a release go in Anthropic’s form, whichever they are written in', async () => {
  stage.putRelease('You sort {{what}}.', {
    rollout: { strategy: 'Immediate' },
    prompt: {
      variables: { type: 'object', properties: { what: { type: 'string' } } },
      responseSchema: {
        type: 'object',
        required: ['queue'],
        properties: { queue: { type: 'string', maxLength: 9 } },
      },
      tools: [{ type: 'function', function: { name: 'open', parameters: { type: 'object' } } }],
    },
    spec: { parameters: { max_completion_tokens: 9, stop: 'END', top_k: 3 } },
  });
  await stage.until((status) => status.attempt === 2);
  await client.messages.create(
    says('hi', { metadata: { user_id: 'u', variables: { what: 'mail' } } as never, tools: [TOOL] }),
  );
  expect(stage.seen.at(-1)?.body).toEqual({
    model: 'claude-a',
    max_tokens: 9,
    stop_sequences: ['END'],
    top_k: 3,
    metadata: { user_id: 'u' },
    system: [{ type: 'text', text: 'You sort mail.' }],
    messages: [{ role: 'user', content: 'hi' }],
    tools: [{ name: 'open', input_schema: { type: 'object' } }, TOOL],
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          required: ['queue'],
          properties: { queue: { type: 'string' } },
          additionalProperties: false,
        },
      },
    },
  });
  // "Hello" is no JSON.
  expect(stage.outcomes(stable())).toEqual({ schema_invalid: 1 });
});

test('a user stays on one revision by metadata.user_id', async () => {
  stage.putRelease('You are B.', { rollout: held(50) });
  await stage.until(({ step }) => step?.weight === 50);
  const servedBy = async (user_id: string) =>
    (await client.messages.create(says('hi', { metadata: { user_id } })).withResponse()).response.headers.get(
      'x-sluice-revision',
    );
  const users = Array.from({ length: 20 }, (_, n) => `user-${n}`);
  const first = await Promise.all(users.map(servedBy));
  expect(await Promise.all(users.map(servedBy))).toEqual(first);
  expect(new Set(first).size).toBe(2);
});

test('a route that has run out answers degraded, in the form of a message', async () => {
  stage.putRoute([{ providerRef: { name: 'claude' }, model: 'claude-a' }], {
    onExhausted: { degraded: { content: 'We cannot answer right now.' } },
    rollout: { strategy: 'Immediate' },
  });
  await eventually('the table is swapped', () =>
    client.messages.create(says('FAIL')).then(
      () => true,
      () => false,
    ),
  );
  const said = async (streams: boolean) => {
    const body = says('FAIL');
    const { content } = streams
      ? await client.messages.stream(body).finalMessage()
      : await client.messages.create(body);
    return content;
  };
  const degraded = [{ type: 'text', text: 'We cannot answer right now.' }];
  expect([await said(false), await said(true)]).toEqual([degraded, degraded]);
});
