import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import type OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
let anthropic: Anthropic;

beforeEach(async () => {
  stage = await startStage([
    { match: { model: 'down' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: { text: 'BUSY' }, errors: { rate: 1, status: 429, retryAfter: 7 }, answer: 'x' },
    { match: { text: 'JSON' }, answer: { queue: 'billing' } },
    { match: { text: 'REFUSE' }, refusals: { rate: 1, text: 'No.' }, answer: 'x' },
    { match: { text: 'CUT' }, truncations: 1, answer: 'a long answer that is cut' },
    { match: { text: 'TOOL' }, toolCalls: { rate: 1, arguments: '{"id":"A-1"}' }, answer: 'x' },
    { match: { text: 'LATE' }, errorEvents: { rate: 1, afterChunks: 3 }, answer: 'one two three four' },
    {
      match: { text: 'BREAK' },
      breaks: { rate: 1, afterChunks: 3 },
      tokensPerSecond: 200,
      answer: 'one two three',
    },
    { match: {}, usage: { cached: 0.5 }, answer: 'Hello there' },
  ]);
  stage.putProvider('claude', { dialect: 'Anthropic' });
  anthropic = new Anthropic({ baseURL: stage.gateway.url, apiKey: 'k', maxRetries: 0, timeout: 10_000 });
});
afterEach(() => stage.stop());

/** Has the first backend fail, so that a call falls back to one of the other dialect. */
async function fallBackTo(provider: 'claude' | 'sim') {
  const first = provider === 'claude' ? 'sim' : 'claude';
  stage.putRoute(
    [
      { providerRef: { name: first }, model: 'down' },
      { providerRef: { name: provider }, model: 'other' },
    ],
    { rollout: { strategy: 'Immediate' } },
  );
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
}
const last = () => stage.seen.at(-1)!.body;

const PIXEL = 'data:image/png;base64,iVBORw0KGgo=';
const CHAT_TOOL: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: { name: 'look_up', description: 'Looks up.', parameters: { type: 'object' } },
};
const TOOL: Anthropic.Tool = { name: 'look_up', description: 'Looks up.', input_schema: { type: 'object' } };

const Queue = z.object({ queue: z.string() });

describe('a chat completion that falls back to a backend of Anthropic’s dialect', () => {
  beforeEach(() => fallBackTo('claude'));
  const chat = (content: string, over: object = {}) =>
    stage.client.chat.completions.create({ model: 'triage', messages: [{ role: 'user', content }], ...over });
  const stream = async (content: string, over: object = {}) => {
    const runner = stage.client.chat.completions.stream({
      model: 'triage',
      messages: [{ role: 'user', content }],
      ...over,
    });
    return runner.finalChatCompletion();
  };

  test('is said in all its parts', async () => {
    const call = {
      id: 'c1',
      type: 'function' as const,
      function: { name: 'look_up', arguments: '{"id":1}' },
    };
    await stage.client.chat.completions.create({
      model: 'triage',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: PIXEL } },
            { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
          ],
        },
        { role: 'assistant', content: '', tool_calls: [call, { ...call, id: 'c2' }] },
        { role: 'tool', tool_call_id: 'c1', content: 'one' },
        { role: 'tool', tool_call_id: 'c2', content: 'two' },
        { role: 'user', content: 'And now?' },
      ],
      max_completion_tokens: 50,
      temperature: 1.5,
      stop: 'END',
      seed: 7,
      user: 'u-1',
      tools: [CHAT_TOOL],
      tool_choice: 'required',
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', schema: { type: 'object', properties: { a: { type: 'string' } } } },
      },
    });
    const used = { type: 'tool_use', name: 'look_up', input: { id: 1 } };
    expect(last()).toEqual({
      model: 'other',
      max_tokens: 50,
      temperature: 1,
      stop_sequences: ['END'],
      metadata: { user_id: 'u-1' },
      system: [
        { type: 'text', text: 'You are A.' },
        { type: 'text', text: 'Be brief.' },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
            { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { ...used, id: 'c1' },
            { ...used, id: 'c2' },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'one' }] },
            { type: 'tool_result', tool_use_id: 'c2', content: [{ type: 'text', text: 'two' }] },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
      tools: [TOOL],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      output_config: {
        format: {
          type: 'json_schema',
          schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
        },
      },
    });
  });

  test('gets its answer and usage, plain and streamed', async () => {
    const plain = await chat('hi');
    const streamed = await stream('hi', { stream_options: { include_usage: true } });
    for (const { choices, usage, object, model } of [plain, streamed]) {
      expect([object, model]).toEqual(['chat.completion', 'other']);
      expect(choices).toMatchObject([
        { message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' },
      ]);
      expect(usage).toEqual(plain.usage);
      expect(usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(0);
    }
    const records = await stage.records();
    for (const record of records) {
      expect(record).toMatchObject({
        'gen_ai.provider.name': 'claude',
        'gen_ai.usage.input_tokens': plain.usage?.prompt_tokens,
        'gen_ai.usage.output_tokens': plain.usage?.completion_tokens,
        'sluice.outcome': 'success',
        'sluice.fallback': true,
      });
    }
    expect(records).toHaveLength(2);
  });

  test('gets no usage chunk that it did not ask for', async () => {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const body = { model: 'triage', stream: true, messages: [{ role: 'user', content: 'hi' }] } as const;
    for await (const chunk of await stage.client.chat.completions.create({
      ...body,
      messages: [...body.messages],
    }))
      chunks.push(chunk);
    expect(chunks.every(({ choices, usage }) => choices.length === 1 && usage == null)).toBe(true);
  });

  test.each([
    ['TOOL', 'tool_calls', 'success'],
    ['REFUSE', 'content_filter', 'refusal'],
    ['CUT', 'length', 'truncated'],
  ])('%s: finish_reason %s, counted as %s', async (text, reason, outcome) => {
    const over = { tools: [CHAT_TOOL] };
    const plain = await chat(text, over);
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of (await chat(text, {
      ...over,
      stream: true,
    })) as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
      chunks.push(chunk);
    expect(plain.choices[0]?.finish_reason).toBe(reason);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual([reason]);
    const records = await stage.records();
    expect(records.map((each) => each['sluice.outcome'])).toEqual([outcome, outcome]);
    if (text !== 'TOOL') return;
    const called = { name: 'look_up', arguments: '{"id":"A-1"}' };
    expect(plain.choices[0]?.message.tool_calls).toMatchObject([{ type: 'function', function: called }]);
    const parts = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(parts[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'look_up' } });
    expect(parts.map((part) => part.function?.arguments ?? '').join('')).toBe(called.arguments);
  });

  test('gets a structured output', async () => {
    const { choices } = await stage.client.chat.completions.parse({
      model: 'triage',
      messages: [{ role: 'user', content: 'JSON' }],
      response_format: zodResponseFormat(Queue, 'queue'),
    });
    expect(choices[0]?.message.parsed).toEqual({ queue: 'billing' });
    expect(last().output_config).toMatchObject({
      format: { type: 'json_schema', schema: { type: 'object' } },
    });
  });

  test('gets errors in OpenAI’s form, before and within the stream', async () => {
    await expect(chat('BUSY')).rejects.toMatchObject({ status: 429, type: 'rate_limit_error' });
    await expect(stream('LATE')).rejects.toThrow(/server had an error/);
    await expect(stream('BREAK')).rejects.toThrow(/broke off/);
  });

  test('that cannot be said there is answered by what the first backend said', async () => {
    await expect(chat('hi', { logprobs: true })).rejects.toMatchObject({ status: 503 });
    // Nobody else can answer: it is asked again, twice.
    expect(stage.seen.map(({ body }) => body.model)).toEqual(['down', 'down', 'down']);
    stage.putRoute([{ providerRef: { name: 'claude' } }], { rollout: { strategy: 'Immediate' } });
    await stage.until(({ attempt }) => attempt === 3, 'ModelRoute', 'fast');
    const unsaid = { status: 400, message: expect.stringContaining('logprobs cannot be said') };
    await expect(chat('hi', { logprobs: true })).rejects.toMatchObject(unsaid);
    expect(stage.outcomes(stage.status().stableRevision!)).toEqual({ upstream_5xx: 1 });
  });
});

describe('a message that falls back to a backend of OpenAI’s dialect', () => {
  beforeEach(() => fallBackTo('sim'));
  const says = (content: string, over: object = {}): Anthropic.MessageCreateParamsNonStreaming => ({
    model: 'triage',
    max_tokens: 64,
    messages: [{ role: 'user', content }],
    ...over,
  });
  const create = (content: string, over?: object) => anthropic.messages.create(says(content, over));
  const stream = (content: string, over?: object) =>
    anthropic.messages.stream(says(content, over)).finalMessage();

  test('is said in all its parts', async () => {
    await anthropic.messages.create({
      model: 'triage',
      max_tokens: 50,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 's' },
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 't1', name: 'look_up', input: { id: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: 'one' },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      metadata: { user_id: 'u-1' },
      stop_sequences: ['END'],
      tools: [TOOL],
      tool_choice: { type: 'tool', name: 'look_up', disable_parallel_tool_use: true },
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    });
    expect(last()).toEqual({
      model: 'other',
      max_completion_tokens: 50,
      stop: ['END'],
      user: 'u-1',
      messages: [
        { role: 'system', content: 'You are A.\n\nBe brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: PIXEL } },
          ],
        },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [{ id: 't1', type: 'function', function: { name: 'look_up', arguments: '{"id":1}' } }],
        },
        { role: 'tool', tool_call_id: 't1', content: 'one' },
        { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
      ],
      tools: [CHAT_TOOL],
      tool_choice: { type: 'function', function: { name: 'look_up' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
    });
  });

  test('gets its answer and usage, plain and streamed', async () => {
    const plain = await create('hi');
    const streamed = await stream('hi');
    for (const { type, model, content, stop_reason, usage } of [plain, streamed]) {
      expect([type, model, stop_reason]).toEqual(['message', 'other', 'end_turn']);
      expect(content).toEqual([{ type: 'text', text: 'Hello there' }]);
      expect(usage).toMatchObject({
        input_tokens: plain.usage.input_tokens,
        cache_read_input_tokens: plain.usage.cache_read_input_tokens,
        output_tokens: plain.usage.output_tokens,
      });
    }
    expect(plain.usage.cache_read_input_tokens).toBeGreaterThan(0);
    for (const record of await stage.records()) {
      expect(record).toMatchObject({
        'gen_ai.usage.input_tokens': plain.usage.input_tokens + plain.usage.cache_read_input_tokens!,
        'gen_ai.usage.cache_read.input_tokens': plain.usage.cache_read_input_tokens,
        'sluice.outcome': 'success',
      });
    }
  });

  test.each([
    ['TOOL', 'tool_use', 'success'],
    ['REFUSE', 'refusal', 'refusal'],
    ['CUT', 'max_tokens', 'truncated'],
  ])('%s: stop_reason %s, counted as %s', async (text, reason, outcome) => {
    const answers = [await create(text, { tools: [TOOL] }), await stream(text, { tools: [TOOL] })];
    expect(answers.map(({ stop_reason }) => stop_reason)).toEqual([reason, reason]);
    const records = await stage.records();
    expect(records.map((each) => each['sluice.outcome'])).toEqual([outcome, outcome]);
    for (const { content } of answers) {
      if (text === 'TOOL')
        expect(content).toMatchObject([{ type: 'tool_use', name: 'look_up', input: { id: 'A-1' } }]);
      if (text === 'REFUSE') expect(content).toEqual([{ type: 'text', text: 'No.' }]);
    }
  });

  test('gets a structured output', async () => {
    const output_config = { format: zodOutputFormat(Queue) };
    const { parsed_output } = await anthropic.messages.parse(says('JSON', { output_config }) as never);
    expect(parsed_output).toEqual({ queue: 'billing' });
    expect(last().response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'answer' } });
  });

  test('gets errors in Anthropic’s form, before and within the stream', async () => {
    await expect(create('BUSY')).rejects.toMatchObject({
      status: 429,
      error: { type: 'error', error: { type: 'rate_limit_error' } },
    });
    await expect(stream('LATE')).rejects.toThrow(/server had an error/);
    await expect(stream('BREAK')).rejects.toThrow(/broke off/);
  });
});
