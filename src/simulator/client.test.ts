import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import type { RuleInput } from './rule.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

let simulator: Simulator;
afterEach(() => simulator.close());

const messages = [{ role: 'user' as const, content: 'Hello there' }];

async function start(rule: RuleInput, options: Partial<SimulatorOptions> = {}, apiKey = 'none') {
  simulator = await startSimulator({ rules: [rule], seed: 1, ...options });
  return new OpenAI({ baseURL: simulator.baseURL, apiKey, maxRetries: 0 });
}

const ask = (client: OpenAI) => client.chat.completions.create({ model: 'gpt-5-mini', messages });
const askStream = (client: OpenAI) =>
  client.chat.completions.create({
    model: 'gpt-5-mini',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });

/** What came of a stream before it ended or failed. */
async function drain(stream: Awaited<ReturnType<typeof askStream>>) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
    return { chunks };
  } catch (error) {
    return { chunks, error };
  }
}

const failure = async (call: Promise<unknown>): Promise<APIError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
};

test('a plain answer has the shape of a completion', async () => {
  const client = await start({ answer: 'All is well.', usage: { cached: 0.5, reasoning: 10 } });
  const before = Math.floor(Date.now() / 1000);
  const completion = await ask(client);
  expect(completion).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-[A-Za-z0-9]{29}$/),
    object: 'chat.completion',
    model: 'gpt-5-mini',
    system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]+$/),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'All is well.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
  });
  expect(completion.created).toBeGreaterThanOrEqual(before);
  const usage = completion.usage!;
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  expect(usage.prompt_tokens_details!.cached_tokens).toBe(Math.floor(usage.prompt_tokens / 2));
  expect(usage.completion_tokens_details!.reasoning_tokens).toBe(10);
  expect(usage.completion_tokens).toBeGreaterThan(10);
});

test('a stream says the same, with usage in a chunk of its own', async () => {
  const client = await start({ answer: 'All is well, I should think.' });
  const plain = await ask(client);
  const { chunks, error } = await drain(await askStream(client));
  expect(error).toBeUndefined();
  const last = chunks.pop()!;
  expect(last).toMatchObject({ object: 'chat.completion.chunk', choices: [], usage: plain.usage });
  expect(chunks.every(({ usage }) => usage === null)).toBe(true);
  expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: '', refusal: null });
  const said = chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('');
  expect(said).toBe('All is well, I should think.');
  expect(chunks.map(({ choices }) => choices[0]!.finish_reason)).toEqual([
    ...chunks.slice(1).map(() => null),
    'stop',
  ]);
  expect(new Set([...chunks, last].map(({ id }) => id)).size).toBe(1);
});

test('a stream whose caller wants no usage tells none', async () => {
  const client = await start({});
  const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
  for await (const chunk of stream) {
    expect(chunk.choices).toHaveLength(1);
    expect(chunk).not.toHaveProperty('usage');
  }
});

test('the stream helper of the client puts the answer together', async () => {
  const client = await start({ answer: { queue: 'billing' } });
  const final = await client.chat.completions
    .stream({ model: 'm', messages, stream_options: { include_usage: true } })
    .finalChatCompletion();
  expect(final.choices[0]!.message.content).toBe('{"queue":"billing"}');
  expect(final.usage!.completion_tokens).toBeGreaterThan(0);
});

test.each([
  [500, InternalServerError, { type: 'server_error' }],
  [503, InternalServerError, { type: 'server_error' }],
  [429, RateLimitError, { code: 'rate_limit_exceeded' }],
  [400, BadRequestError, { type: 'invalid_request_error' }],
  [404, NotFoundError, { code: 'model_not_found' }],
  [418, APIError, { type: 'invalid_request_error' }],
])('an error of status %d is the typed error of the client', async (status, type, fields) => {
  const client = await start({ errors: { rate: 1, status } });
  for (const call of [ask(client), askStream(client)]) {
    const error = await failure(call);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, param: null, ...fields });
    expect(error.message).toMatch(/\w/);
  }
});

test('429 says when to come again', async () => {
  const client = await start({ errors: { rate: 1, status: 429, retryAfter: 7 } });
  const error = await failure(ask(client));
  expect(error.headers!.get('retry-after')).toBe('7');
});

test('the content filter answers as Azure does', async () => {
  const error = await failure(ask(await start({ contentFilter: 1 })));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: 'content_filter', param: 'prompt' });
  expect(error.error).toMatchObject({ innererror: { code: 'ResponsibleAIPolicyViolation' } });
});

test('a refusal is in the field, streamed and plain', async () => {
  const client = await start({ refusals: 1 });
  const { message, finish_reason } = (await ask(client)).choices[0]!;
  expect(message).toMatchObject({ content: null, refusal: "I'm sorry, but I can't help with that." });
  expect(finish_reason).toBe('stop');
  const { chunks } = await drain(await askStream(client));
  const refused = chunks.map(({ choices }) => choices[0]?.delta.refusal ?? '').join('');
  expect(refused).toBe(message.refusal);
});

test('the softer refusals are content', async () => {
  const soft = (await ask(await start({ refusals: { rate: 1, kind: 'text' } }))).choices[0]!;
  expect(soft.message).toMatchObject({ content: "I'm sorry, but I can't help with that.", refusal: null });
  simulator.setRules([{ refusals: { rate: 1, kind: 'filtered' } }]);
  const client = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'none', maxRetries: 0 });
  expect((await ask(client)).choices[0]!.finish_reason).toBe('content_filter');
});

test('truncated, broken and wrong answers are what they say', async () => {
  const answer = { queue: 'billing', urgent: false };
  const client = await start({ answer, truncations: 1 });
  const cut = (await ask(client)).choices[0]!;
  expect(cut.finish_reason).toBe('length');
  expect(JSON.stringify(answer).startsWith(cut.message.content!)).toBe(true);
  simulator.setRules([{ answer, brokenJson: 1 }]);
  const broken = (await ask(client)).choices[0]!;
  expect(broken.finish_reason).toBe('stop');
  expect(() => JSON.parse(broken.message.content!)).toThrow(SyntaxError);
  simulator.setRules([{ answer, wrongSchema: 1 }]);
  const wrong = (await ask(client)).choices[0]!;
  expect(JSON.parse(wrong.message.content!)).toEqual({ unexpected: true });
});

test('a stream that breaks gives its chunks and then a connection error', async () => {
  const client = await start({ answer: 'one two three four five six', breaks: { rate: 1, afterChunks: 3 } });
  const { chunks, error } = await drain(await askStream(client));
  expect(chunks).toHaveLength(3);
  expect(error).toMatchObject({ name: 'TypeError', message: 'terminated' });
});

test('a plain answer that breaks is a connection error', async () => {
  const client = await start({ breaks: 1 });
  await expect(ask(client)).rejects.toThrow();
  simulator.setRules([{ breaks: { rate: 1, afterChunks: 0 } }]);
  await expect(ask(client)).rejects.toBeInstanceOf(APIConnectionError);
  await expect(askStream(client)).rejects.toBeInstanceOf(APIConnectionError);
});

test('an error inside a stream comes after its chunks; a plain call gets the error itself', async () => {
  const client = await start({ errorEvents: { rate: 1, afterChunks: 2 } });
  const { chunks, error } = await drain(await askStream(client));
  expect(chunks).toHaveLength(2);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({ type: 'server_error' });
  expect(await failure(ask(client))).toMatchObject({ status: 500 });
});

test('a call that hangs and a stream that stalls last until the caller goes', async () => {
  const client = await start({ hangs: 1 });
  const leave = AbortSignal.timeout(100);
  const waits = client.chat.completions.create({ model: 'm', messages }, { signal: leave });
  await expect(waits).rejects.toMatchObject({ message: 'Request was aborted.' });
  simulator.setRules([{ answer: 'one two three four', stalls: { rate: 1, afterChunks: 2 } }]);
  const stream = await askStream(client);
  let chunks = 0;
  for await (const _ of stream) {
    chunks += 1;
    if (chunks === 2) setTimeout(() => stream.controller.abort(), 50);
  }
  expect(chunks).toBe(2);
});

test('a tool is called where there is one', async () => {
  const client = await start({ toolCalls: { rate: 1, arguments: '{"id":7}' }, answer: 'No tool.' });
  const tools = [{ type: 'function' as const, function: { name: 'find_order', parameters: {} } }];
  const { choices } = await client.chat.completions.create({ model: 'm', messages, tools });
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [
        {
          id: expect.stringMatching(/^call_/),
          type: 'function',
          function: { name: 'find_order', arguments: '{"id":7}' },
        },
      ],
    },
  });
  const streamed = await client.chat.completions.stream({ model: 'm', messages, tools }).finalMessage();
  expect(streamed.tool_calls![0]).toMatchObject({
    function: { name: 'find_order', arguments: '{"id":7}' },
  });
  expect((await ask(client)).choices[0]!.message.content).toBe('No tool.');
  const none = await client.chat.completions.create({ model: 'm', messages, tools, tool_choice: 'none' });
  expect(none.choices[0]!.finish_reason).toBe('stop');
});

test('usage is multiplied, left out, or its flag refused', async () => {
  const client = await start({ answer: 'one two three' });
  const once = (await ask(client)).usage!;
  simulator.setRules([{ answer: 'one two three', usage: { multiplier: 3 } }]);
  const thrice = (await ask(client)).usage!;
  expect(thrice.prompt_tokens).toBe(3 * once.prompt_tokens);
  expect(thrice.completion_tokens).toBe(3 * once.completion_tokens);
  simulator.setRules([{ usage: { missing: true } }]);
  expect(await ask(client)).not.toHaveProperty('usage');
  const { chunks } = await drain(await askStream(client));
  expect(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage)).toBe(true);
  simulator.setRules([{ usage: { refuseStreamOptions: true } }]);
  expect(await failure(askStream(client))).toMatchObject({ status: 400, param: 'stream_options' });
  expect((await ask(client)).usage).toBeDefined();
});

test('the limit on tokens is kept to', async () => {
  const client = await start({ answer: 'one two three four' });
  const { choices, usage } = await client.chat.completions.create({
    model: 'm',
    messages,
    max_completion_tokens: 2,
  });
  expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'one two' } });
  expect(usage!.completion_tokens).toBe(2);
});

test('a wrong key and no key are told apart, and no error repeats the key', async () => {
  const client = await start({}, { key: 'right-key' }, 'wrong-key');
  const wrong = await failure(ask(client));
  expect(wrong).toBeInstanceOf(AuthenticationError);
  expect(wrong.code).toBe('invalid_api_key');
  expect(JSON.stringify(wrong.error)).not.toMatch(/wrong-key|right-key/);
  const none = await fetch(`${simulator.baseURL}/models`);
  expect(none.status).toBe(401);
  expect(await none.json()).toMatchObject({ error: { code: null, type: 'invalid_request_error' } });
  const right = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'right-key' });
  expect((await ask(right)).object).toBe('chat.completion');
  expect((await fetch(`${simulator.url}/healthz`)).status).toBe(200);
});

test('models are those that rules name', async () => {
  const client = await start({ match: { model: 'gpt-5-mini' } });
  simulator.setRules([
    { match: { model: 'gpt-5-mini' }, servedModel: 'gpt-5-mini-2026' },
    { match: { model: 'o*' } },
  ]);
  const ids: string[] = [];
  for await (const { id, object } of client.models.list()) {
    ids.push(id);
    expect(object).toBe('model');
  }
  expect(ids).toEqual(['gpt-5-mini']);
  expect((await client.models.retrieve('gpt-5-mini')).id).toBe('gpt-5-mini');
  expect(await failure(client.models.retrieve('other'))).toMatchObject({ code: 'model_not_found' });
  expect((await ask(client)).model).toBe('gpt-5-mini-2026');
  const other = client.chat.completions.create({ model: 'another', messages });
  expect(await failure(other)).toBeInstanceOf(NotFoundError);
});
