import Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { told } from './echo-provider.ts';
import { type EchoStage, startEchoStage } from './echo-stage.ts';

const MAIL = 'jane.doe@example.com';
const CARD = '4111 1111 1111 1111';
const SAID = `Write to ${MAIL}, card ${CARD}, then again ${MAIL} [`;
const HIDDEN = 'Write to [EMAIL_1], card [CARD_1], then again [EMAIL_1] [';

let stage: EchoStage;
let anthropic: Anthropic;
beforeEach(async () => {
  stage = await startEchoStage({ redact: ['EMAIL', 'CARD'] });
  anthropic = new Anthropic({ baseURL: stage.gateway.url, apiKey: 'k', maxRetries: 0, timeout: 10_000 });
});
afterEach(() => stage.stop());

const CHAT_TOOL: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: { name: 'write', parameters: { type: 'object' } },
};
const TOOL = { name: 'write', input_schema: { type: 'object' as const } };
const RESPONSE_TOOL = {
  type: 'function' as const,
  name: 'write',
  parameters: { type: 'object' },
  strict: false,
};
type Said = (model: string, content: string) => Promise<unknown>;

const chat = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const message = (content: string) => ({ ...chat(content), max_tokens: 99 });

/** Every way to be answered: the text, or the argument of the tool called. */
const WAYS: [name: string, Said][] = [
  [
    'chat, plain',
    async (model, content) => {
      const { choices } = await stage.client.chat.completions.create({ model, ...chat(content) });
      return choices[0]!.message.content;
    },
  ],
  [
    'chat, streamed',
    (model, content) => stage.client.chat.completions.stream({ model, ...chat(content) }).finalContent(),
  ],
  [
    'chat, a tool called, plain',
    async (model, content) => {
      const { choices } = await stage.client.chat.completions.create({
        model,
        ...chat(content),
        tools: [CHAT_TOOL],
      });
      return argumentOf(choices[0]!.message);
    },
  ],
  [
    'chat, a tool called, streamed',
    async (model, content) => {
      const stream = stage.client.chat.completions.stream({ model, ...chat(content), tools: [CHAT_TOOL] });
      return argumentOf((await stream.finalChatCompletion()).choices[0]!.message);
    },
  ],
  [
    'messages, plain',
    async (model, content) => {
      const { content: blocks } = await anthropic.messages.create({ model, ...message(content) });
      return blocks[0]!.type === 'text' && blocks[0]!.text;
    },
  ],
  [
    'messages, streamed',
    (model, content) => anthropic.messages.stream({ model, ...message(content) }).finalText(),
  ],
  [
    'messages, a tool called, plain',
    async (model, content) =>
      inputOf(await anthropic.messages.create({ model, ...message(content), tools: [TOOL] })),
  ],
  [
    'messages, a tool called, streamed',
    async (model, content) =>
      inputOf(await anthropic.messages.stream({ model, ...message(content), tools: [TOOL] }).finalMessage()),
  ],
];
const RESPONSE_WAYS: [name: string, Said][] = [
  [
    'responses, plain',
    async (model, input) => (await stage.client.responses.create({ model, input })).output_text,
  ],
  [
    'responses, streamed',
    async (model, input) => {
      const stream = stage.client.responses.stream({ model, input });
      let text = '';
      const numbers: number[] = [];
      for await (const event of stream) {
        numbers.push(event.sequence_number);
        if (event.type === 'response.output_text.delta') text += event.delta;
        if (event.type === 'response.output_text.done') expect(event.text).toBe(text);
      }
      expect(numbers).toEqual(numbers.map((_, at) => at));
      expect((await stream.finalResponse()).output_text).toBe(text);
      return text;
    },
  ],
  [
    'responses, a tool called, streamed',
    async (model, input) => {
      const stream = stage.client.responses.stream({ model, input, tools: [RESPONSE_TOOL] });
      let said = '';
      for await (const event of stream)
        if (event.type === 'response.function_call_arguments.delta') said += event.delta;
      const [item] = (await stream.finalResponse()).output;
      expect(item!.type === 'function_call' && item!.arguments).toBe(said);
      return (JSON.parse(said) as { said: string }).said;
    },
  ],
];

describe.each(['open', 'claude'])('a route with redaction, answered by %s', (model) => {
  const ways = model === 'open' ? [...WAYS, ...RESPONSE_WAYS] : WAYS;
  test.each(ways)(
    'gives the caller back what it said, which the provider never saw: %s',
    async (_how, say) => {
      expect(await say(model, SAID)).toBe(SAID);
      const sent = told(stage.provider);
      expect(sent).toContain(HIDDEN);
      for (const planted of [MAIL, CARD]) expect(sent).not.toContain(planted);
      const records = JSON.stringify(await stage.records());
      expect(records).toContain('"sluice.outcome":"success"');
      for (const planted of [MAIL, CARD]) expect(records).not.toContain(planted);
    },
  );
});

function argumentOf({ tool_calls }: OpenAI.ChatCompletionMessage): unknown {
  const [call] = tool_calls!;
  return call!.type === 'function' && (JSON.parse(call!.function.arguments) as { said: string }).said;
}

function inputOf({ content: [block] }: Anthropic.Message): unknown {
  return block!.type === 'tool_use' && (block!.input as { said: string }).said;
}

const sent = () => stage.provider.asked.at(-1)!.body;

test('all that a call says is looked at: names, numbers and escapes within arguments and results too', async () => {
  const call = {
    id: 'call_4111111111111111',
    type: 'function' as const,
    function: {
      name: 'write',
      arguments: `{"to":"jane.doe\\u0040example.com","card":4111111111111111,"n":1.50}`,
    },
  };
  await stage.client.chat.completions.create({
    model: 'open',
    user: MAIL,
    metadata: { who: MAIL },
    messages: [
      { role: 'system', content: `You serve ${MAIL}.` },
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: `[{"${MAIL}": 1}]` },
      {
        role: 'user',
        name: 'jane',
        content: [
          { type: 'text', text: CARD },
          { type: 'image_url', image_url: { url: `data:image/png;base64,iVBOR/4111111111111111/` } },
        ],
      },
    ],
  });
  expect(sent()).toMatchObject({
    user: '[EMAIL_1]',
    metadata: { who: '[EMAIL_1]' },
    messages: [
      { role: 'system', content: 'You serve [EMAIL_1].' },
      {
        tool_calls: [
          {
            ...call,
            function: { name: 'write', arguments: '{"to":"[EMAIL_1]","card":"[CARD_1]","n":1.50}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: call.id, content: '[{"[EMAIL_1]": 1}]' },
      {
        content: [{ text: '[CARD_2]' }, { image_url: { url: expect.stringContaining('4111111111111111') } }],
      },
    ],
  });
});

const CALLED = { password: 'k3Vq9zT1mX7pL2', contact: { phone: '2125550123' }, ssn: 123456789 };
const CALLED_HIDDEN = { password: '[API_KEY_1]', contact: { phone: '[PHONE_1]' }, ssn: '[SSN_1]' };

test('what JSON calls a password, a telephone or a number is told by that, and comes back', async () => {
  await stage.privacy({ redact: ['API_KEY', 'PHONE', 'SSN'] });
  const json = JSON.stringify(CALLED, null, 1);
  const fenced = `See:\n\`\`\`json\n${json}\n\`\`\`\nand {"note":"ssn\\n078-05-1120"}`;
  const call = (args: string) => ({
    id: 'c',
    type: 'function' as const,
    function: { name: 'f', arguments: args },
  });
  const answer = await stage.client.chat.completions.create({
    model: 'open',
    messages: [
      { role: 'assistant', tool_calls: [call(json)] },
      { role: 'tool', tool_call_id: 'c', content: json },
      { role: 'user', name: '+491701234567', content: [{ type: 'text', text: fenced }] },
    ],
  });
  expect(answer.choices[0]!.message.content).toBe(fenced);
  const hidden = JSON.stringify(CALLED_HIDDEN, null, 1);
  const { messages } = sent() as { messages: { content: unknown; tool_calls: unknown; name?: string }[] };
  expect(messages[0]!.tool_calls).toEqual([call(hidden)]);
  expect(messages[1]!.content).toBe(hidden);
  expect(messages[2]!.name).toBe('[PHONE_2]');
  // In JSON within words a number has no quotes to be put into.
  const inWords = hidden.replace('"[SSN_1]"', '[SSN_1]');
  expect(messages[2]!.content).toEqual([
    { type: 'text', text: fenced.replace(json, inWords).replace('078-05-1120', '[SSN_2]') },
  ]);

  const tool_use = { type: 'tool_use' as const, id: 't', name: 'f', input: CALLED };
  const turns = [{ role: 'assistant' as const, content: [tool_use] }, ...message(json).messages];
  const { content } = await anthropic.messages.create({ model: 'claude', max_tokens: 9, messages: turns });
  // What was a number comes back as the text that the model was given in its place.
  expect(content).toMatchObject([{ text: json.replace('123456789', '"123456789"') }]);
  expect(sent()).toMatchObject({ messages: [{ content: [{ input: CALLED_HIDDEN }] }, { content: hidden }] });
});

test('what is no content stays as it is, and so do marks that a caller writes itself', async () => {
  const said = `[EMAIL_1] is not ${MAIL}`;
  const answer = await stage.client.chat.completions.create({
    model: 'open',
    seed: 4111111111111111,
    ...chat(said),
  });
  expect(answer.choices[0]!.message.content).toBe(said);
  expect(sent()).toMatchObject({
    seed: 4111111111111111,
    messages: [{ content: '[EMAIL_1] is not [EMAIL_2]' }],
  });
  await stage.client.chat.completions.create({ model: 'open', ...chat('nothing to see') });
  expect(sent()).toMatchObject({ messages: [{ role: 'user', content: 'nothing to see' }] });
});

test('embeddings, counts of tokens, and system and instructions are redacted as well', async () => {
  await stage.client.embeddings.create({ model: 'open', input: [SAID, 'x'] });
  expect(sent()).toMatchObject({ input: [HIDDEN, 'x'] });
  await anthropic.messages.countTokens({
    model: 'claude',
    system: SAID,
    messages: [{ role: 'user', content: MAIL }],
  });
  expect(JSON.stringify(sent())).not.toContain(MAIL);
  await anthropic.messages.create({
    model: 'claude',
    system: [{ type: 'text', text: SAID }],
    ...message(MAIL),
  });
  expect(sent()).toMatchObject({ system: [{ text: HIDDEN }] });
  await stage.client.responses.create({
    model: 'open',
    instructions: SAID,
    input: [{ role: 'user', content: MAIL }],
  });
  expect(sent()).toMatchObject({ instructions: HIDDEN, input: [{ content: '[EMAIL_1]' }] });
});

test('the same value has the same placeholder over fallbacks, and an error of the provider is restored too', async () => {
  const { choices } = await stage.client.chat.completions.create({ model: 'two', ...chat(`DOWN ${SAID}`) });
  expect(choices[0]!.message.content).toBe(`DOWN ${SAID}`);
  const [first, second] = stage.provider.asked.slice(-2).map(({ body }) => body.messages);
  expect(first).toEqual(second);
  const failed = stage.client.chat.completions.create({ model: 'open', ...chat(`FAIL ${MAIL}`) });
  await expect(failed).rejects.toThrow(`FAIL ${MAIL}`);
  expect(told(stage.provider)).not.toContain(MAIL);
});

test('a later turn of a conversation that the provider keeps has placeholders of its own', async () => {
  const { id } = await stage.client.responses.create({ model: 'open', input: MAIL });
  const later = await stage.client.responses.create({
    model: 'open',
    previous_response_id: id,
    input: 'bob@example.com and [EMAIL_1]',
  });
  expect(later.output_text).toBe('bob@example.com and [EMAIL_1]');
  expect(sent().input).toMatch(/^\[EMAIL_\d{4,9}\] and \[EMAIL_1\]$/);
});

test('variables are redacted in what they make, and schemas are held against what the caller gets', async () => {
  await stage.prompt({
    messages: [{ role: 'user', content: '{"to": "{{to}}", "n": "x"}' }],
    variables: { type: 'object', properties: { to: { type: 'string' } } },
    responseSchema: { type: 'object', properties: { to: { type: 'string', pattern: '@example' } } },
  });
  const answer = await stage.client.chat.completions.create({
    model: 'prompt',
    messages: [],
    variables: { to: MAIL },
  } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming);
  expect(JSON.parse(answer.choices[0]!.message.content!)).toEqual({ to: MAIL, n: 'x' });
  expect(told(stage.provider)).not.toContain(MAIL);
  expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.outcome': 'success' });
});
