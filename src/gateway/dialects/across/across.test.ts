import fc from 'fast-check';
import { CallError } from '../../errors.ts';
import { chat } from '../openai/chat.ts';
import { messagesFromChat } from './chat-to-messages.ts';
import { eventsFromChunks, messageFromCompletion, messagesError } from './completion-to-message.ts';
import { chatError, chunksFromEvents, completionFromMessage } from './message-to-completion.ts';
import { chatFromMessages } from './messages-to-chat.ts';

type Json = Record<string, unknown>;
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

/** The data of events as they are written, parsed. */
const read = (text: string): Json[] =>
  [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json!) as Json);

describe('a stream of OpenAI’s as events of Anthropic’s', () => {
  const play = (...chunks: (Json | '[DONE]')[]) => {
    const translator = eventsFromChunks();
    const said = chunks.map((each) => translator.push(each === '[DONE]' ? each : JSON.stringify(each)));
    return { text: said.join(''), events: read(said.join('')), translator };
  };
  const chunk = (delta: Json, finish_reason: string | null = null, over: Json = {}): Json => ({
    id: 'c1',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason }],
    ...over,
  });
  const call = (index: number, over: Json) => chunk({ tool_calls: [{ index, ...over }] });

  test('text and calls side by side are blocks one after the other', () => {
    const { events } = play(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Let me see.' }),
      call(0, { id: 'a', function: { name: 'f', arguments: '' } }),
      call(0, { function: { arguments: '{"x":1}' } }),
      call(1, { id: 'b', function: { name: 'g', arguments: '{}' } }),
      chunk({}, 'tool_calls'),
      { id: 'c1', choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } },
      '[DONE]',
    );
    expect(events.map(({ type, index }) => [type, index])).toEqual([
      ['message_start', undefined],
      ['content_block_start', 0],
      ['content_block_delta', 0],
      ['content_block_stop', 0],
      ['content_block_start', 1],
      ['content_block_delta', 1],
      ['content_block_stop', 1],
      ['content_block_start', 2],
      ['content_block_delta', 2],
      ['content_block_stop', 2],
      ['message_delta', undefined],
      ['message_stop', undefined],
    ]);
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 9, output_tokens: 5 },
    });
  });

  test('one that leaves [DONE] out is ended, and only once', () => {
    const { translator } = play(chunk({ content: 'x' }), chunk({}, 'stop'));
    expect(read(translator.end()).map(({ type }) => type)).toEqual([
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(translator.end()).toBe('');
  });

  test('an error in it is an error event', () => {
    const { text } = play(chunk({ content: 'x' }), { error: { message: 'oops' } });
    expect(text).toContain(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"oops"}}\n\n',
    );
  });
});

describe('a stream of Anthropic’s as chunks of OpenAI’s', () => {
  const play = (events: Json[], body: Json = {}) => {
    const translator = chunksFromEvents({ endpoint: chat, body });
    const text = events.map((each) => translator.push(JSON.stringify(each))).join('');
    return { text, chunks: read(text), translator };
  };
  const START = { type: 'message_start', message: { id: 'm1', model: 'c', usage: { input_tokens: 3 } } };
  const used = (index: number, name: string) => ({
    type: 'content_block_start',
    index,
    content_block: { type: 'tool_use', id: `t${index}`, name, input: {} },
  });

  test('thoughts are left out, calls count from 0, and one without arguments has none', () => {
    const { chunks, text } = play([
      START,
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_stop', index: 0 },
      used(1, 'f'),
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"x":1}' } },
      { type: 'content_block_stop', index: 1 },
      used(2, 'g'),
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '' } },
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 8 } },
      { type: 'message_stop' },
    ]);
    expect(text).not.toContain('Hm.');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const parts = chunks.flatMap(({ choices }) => {
      const [{ delta }] = choices as [{ delta: { tool_calls?: { index: number; function: Json }[] } }];
      return (delta.tool_calls ?? []).map((part) => [
        part.index,
        part.function.name,
        part.function.arguments,
      ]);
    });
    expect(parts).toEqual([
      [0, 'f', ''],
      [0, undefined, '{"x":1}'],
      [1, 'g', ''],
      [1, undefined, '{}'],
    ]);
  });

  test('usage comes where it was asked for, and is not made up', () => {
    const end = [
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ];
    const asking = { stream_options: { include_usage: true } };
    expect(play([START, ...end], asking).chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect(play([START, ...end]).chunks.at(-1)).not.toHaveProperty('usage');
    expect(play(end, asking).chunks.at(-1)).not.toHaveProperty('usage');
  });
});

test('arguments that are no object leave an input of Anthropic’s empty', () => {
  const calls = ['{"x":', '[1]', '{"x":1}'].map((args, at) => ({
    id: `t${at}`,
    function: { name: 'f', arguments: args },
  }));
  const message = JSON.parse(
    messageFromCompletion(bytes({ choices: [{ message: { tool_calls: calls }, finish_reason: 'stop' }] })),
  ) as { content: { input: unknown }[]; stop_reason: string };
  expect(message.content.map(({ input }) => input)).toEqual([{}, {}, { x: 1 }]);
  expect(message.stop_reason).toBe('tool_use');
});

test('an answer without usage has none in OpenAI’s form', () => {
  const completion = JSON.parse(
    completionFromMessage(bytes({ id: 'm', content: [], stop_reason: 'end_turn' })),
  );
  expect(completion).not.toHaveProperty('usage');
});

test.each([
  ['no JSON', Buffer.from('<html>')],
  ['JSON of another form', bytes({ detail: 'x' })],
])('an error that is %s is an error still', (_what, body) => {
  expect(JSON.parse(chatError(502, body))).toMatchObject({ error: { message: 'the provider failed' } });
  expect(JSON.parse(messagesError(429, body))).toEqual({
    type: 'error',
    error: { type: 'rate_limit_error', message: 'the provider failed' },
  });
});

describe('requests', () => {
  const messages = [{ role: 'user', content: 'hi' }];

  test('a limit on tokens that Anthropic wants', () => {
    expect(messagesFromChat({ model: 'm', messages })).toMatchObject({ max_tokens: 4096 });
    expect(messagesFromChat({ model: 'm', messages, max_tokens: 7 })).toMatchObject({ max_tokens: 7 });
  });

  test('JSON of any form is asked for in words', () => {
    const { system } = messagesFromChat({ messages, response_format: { type: 'json_object' } });
    expect(system).toEqual([{ type: 'text', text: expect.stringContaining('JSON object') }]);
  });

  test.each([null, 'f', undefined])('a tool that declares %j is the provider’s to refuse', (declared) => {
    const tool = { type: 'function', function: declared };
    expect(messagesFromChat({ messages, tools: [tool] })).toMatchObject({ tools: [tool] });
  });

  test('what a backend sets in Anthropic’s own words is kept', () => {
    const own = { thinking: { type: 'enabled', budget_tokens: 1024 }, top_k: 5 };
    expect(messagesFromChat({ messages, ...own })).toMatchObject(own);
  });

  test.each([
    ['n', { n: 2 }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['audio', { modalities: ['audio'] }],
    ['a custom tool', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
    ['input_audio', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    ['tool_choice', { tools: [{ type: 'function', function: {} }], tool_choice: { type: 'allowed_tools' } }],
  ])('%s cannot be said in Anthropic’s dialect', (_what, over) => {
    expect(() => messagesFromChat({ messages, ...over })).toThrow(/cannot be said in the dialect Anthropic/);
  });

  test.each([
    ['mcp_servers', { mcp_servers: [{ url: 'x' }] }],
    ['a tool that the provider runs', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      'a result with an image',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image' }] }],
          },
        ],
      },
    ],
    ['a search result', { messages: [{ role: 'user', content: [{ type: 'search_result' }] }] }],
  ])('%s cannot be said in OpenAI’s dialect', (_what, over) => {
    expect(() => chatFromMessages({ messages, ...over })).toThrow(/cannot be said in the dialect OpenAI/);
  });
});

describe('whatever JSON comes', () => {
  const word = fc.constantFrom(
    ...'user assistant system tool text image image_url file document tool_use tool_result function custom'.split(
      ' ',
    ),
    ...'message_start content_block_start content_block_delta content_block_stop message_delta error'.split(
      ' ',
    ),
    ...'thinking refusal auto any base64 url data:a/b;base64,xx end_turn constructor __proto__'.split(' '),
  );
  const key = fc.constantFrom(
    ...'role content type text tool_calls tool_call_id tool_use_id function name arguments input id index'.split(
      ' ',
    ),
    ...'image_url url file file_data source data media_type system messages tools tool_choice stop model'.split(
      ' ',
    ),
    ...'response_format json_schema schema output_config format metadata user_id choices delta message'.split(
      ' ',
    ),
    ...'finish_reason usage error content_block partial_json stop_reason properties items toString'.split(
      ' ',
    ),
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(word, fc.integer(), fc.constant(null), fc.boolean(), fc.string()),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(key, tie('json'), { maxKeys: 6 }),
    ),
  }));
  const object = fc.dictionary(key, json, { maxKeys: 8 });

  test('a request is said, or cannot be and says so', () => {
    fc.assert(
      fc.property(object, (body) => {
        for (const translate of [messagesFromChat, chatFromMessages]) {
          try {
            JSON.stringify(translate(body));
          } catch (error) {
            expect(error).toBeInstanceOf(CallError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('an answer, an error and a stream come out as JSON', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), (all) => {
        const [first] = all;
        for (const text of [
          completionFromMessage(bytes(first)),
          messageFromCompletion(bytes(first)),
          chatError(400, bytes(first)),
          messagesError(400, bytes(first)),
        ])
          JSON.parse(text);
        for (const { push, end } of [eventsFromChunks(), chunksFromEvents({ endpoint: chat, body: {} })]) {
          for (const each of all) read(push(JSON.stringify(each)) ?? '');
          read(end());
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
