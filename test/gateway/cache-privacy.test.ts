import { createHash } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { callersBy } from '../../src/gateway/callers/callers.ts';
import { parseCallersFile } from '../../src/gateway/callers/callers-file.ts';
import { eventually } from '../eventually.ts';
import { type EchoStage, startEchoStage } from './echo-stage.ts';

/** That nobody is answered with what was said to somebody else, whatever the cache holds. */
const JANE = 'Write to jane@example.com, then jane@example.com [';
const JOE = 'Write to joe@example.org, then joe@example.org [';
const CACHE = { cache: { ttl: '10m' } };
const REDACT = { redact: ['EMAIL' as const] };

const KEYS = ['desk', 'shop'].map((name) => ({ name, key: `planted-key-of-${name}` }));

let stage: EchoStage;
/** The `x-sluice-cache` of the last answer. */
let cache: string | null;
const watched: typeof fetch = async (...given) => {
  const response = await fetch(...given);
  cache = response.headers.get('x-sluice-cache');
  return response;
};
const openai = (apiKey = KEYS[0]!.key) =>
  new OpenAI({ baseURL: `${stage.gateway.url}/v1`, apiKey, maxRetries: 0, timeout: 10_000, fetch: watched });
const anthropic = (apiKey = KEYS[0]!.key) =>
  new Anthropic({ baseURL: stage.gateway.url, apiKey, maxRetries: 0, timeout: 10_000, fetch: watched });

beforeEach(async () => {
  const keys = KEYS.map(({ name, key }) => ({
    name,
    sha256: createHash('sha256').update(key).digest('hex'),
    namespaces: 'all',
  }));
  const known = parseCallersFile(JSON.stringify({ keys }));
  // The stage's own questions, which of the models are there, come without a key.
  const callers = { ...callersBy({ known: () => known }), stop() {} };
  const identify: typeof callers.identify = async (headers) =>
    headers.authorization === undefined && headers['x-api-key'] === undefined
      ? { name: 'stage', namespaces: 'all' }
      : callers.identify(headers);
  stage = await startEchoStage(REDACT, undefined, {
    callers: { ...callers, identify },
    // No call of a rollout is asked anew.
    random: () => 0.99,
  });
  await stage.privacy(REDACT, CACHE);
});
afterEach(() => stage.stop());

type Say = (model: string, content: string, key?: string) => Promise<unknown>;
const chat = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const message = (content: string) => ({ ...chat(content), max_tokens: 99 });
const CHAT_TOOL = { type: 'function' as const, function: { name: 'write', parameters: { type: 'object' } } };

const WAYS: [how: string, say: Say][] = [
  [
    'chat, plain',
    async (model, content, key) => {
      const { choices } = await openai(key).chat.completions.create({ model, ...chat(content) });
      return choices[0]!.message.content;
    },
  ],
  [
    'chat, streamed',
    (model, content, key) =>
      openai(key)
        .chat.completions.stream({ model, ...chat(content) })
        .finalContent(),
  ],
  [
    'chat, a tool called, streamed',
    async (model, content, key) => {
      const given = { model, ...chat(content), tools: [CHAT_TOOL] };
      const { choices } = await openai(key).chat.completions.stream(given).finalChatCompletion();
      const [call] = choices[0]!.message.tool_calls!;
      return (
        JSON.parse((call as { function: { arguments: string } }).function.arguments) as { said: string }
      ).said;
    },
  ],
  [
    'messages, plain',
    async (model, content, key) => {
      const { content: blocks } = await anthropic(key).messages.create({ model, ...message(content) });
      return blocks[0]!.type === 'text' && blocks[0]!.text;
    },
  ],
  [
    'messages, streamed',
    (model, content, key) =>
      anthropic(key)
        .messages.stream({ model, ...message(content) })
        .finalText(),
  ],
];
const RESPONSES: [how: string, say: Say][] = [
  [
    'responses, plain',
    async (model, input, key) => (await openai(key).responses.create({ model, input })).output_text,
  ],
  [
    'responses, streamed',
    async (model, input, key) =>
      (await openai(key).responses.stream({ model, input }).finalResponse()).output_text,
  ],
];

describe.each(['open', 'claude'])('over a provider that is %s', (model) => {
  test.each(model === 'open' ? [...WAYS, ...RESPONSES] : WAYS)(
    'each gets its own back, though the provider was told the same: %s',
    async (_how, say) => {
      expect([await say(model, JANE), cache]).toEqual([JANE, 'miss']);
      expect([await say(model, JOE), cache]).toEqual([JOE, 'miss']);
      const { length } = stage.provider.asked;
      expect([await say(model, JANE), cache]).toEqual([JANE, 'hit']);
      expect([await say(model, JOE), cache]).toEqual([JOE, 'hit']);
      expect(stage.provider.asked).toHaveLength(length);
      const records = JSON.stringify(await stage.records());
      expect(records).toContain('"sluice.cache.hit":true');
      for (const mail of ['jane@', 'joe@']) expect(records).not.toContain(mail);
    },
  );

  test.each(WAYS)('what one caller was answered another is not: %s', async (_how, say) => {
    for (const { key } of KEYS) expect([await say(model, JANE, key), cache]).toEqual([JANE, 'miss']);
    for (const { key } of KEYS) expect([await say(model, JANE, key), cache]).toEqual([JANE, 'hit']);
  });
});

test('a change of privacy leaves nothing to be given again; one that is taken back has it again', async () => {
  const [, say] = WAYS[0]!;
  await say('open', 'plain words');
  await stage.privacy({ redact: ['EMAIL', 'PHONE'] }, CACHE);
  expect([await say('open', 'plain words'), cache]).toEqual(['plain words', 'miss']);
  await stage.privacy(REDACT, CACHE);
  expect([await say('open', 'plain words'), cache]).toEqual(['plain words', 'hit']);
});

test('a call that is refused for what is in it is refused, whatever was stored before', async () => {
  const [, say] = WAYS[0]!;
  await say('open', JANE);
  await stage.privacy({ ...REDACT, action: 'Block' }, CACHE);
  await expect(say('open', JANE)).rejects.toMatchObject({ status: 400, code: 'private_content' });
});

test('a conversation that a provider keeps is asked each time, and goes on from an answer that was stored', async () => {
  const first = await openai().responses.create({ model: 'open', input: 'Hi' });
  const again = await openai().responses.create({ model: 'open', input: 'Hi' });
  expect([cache, again.id]).toEqual(['hit', first.id]);
  const next = { model: 'open', input: 'And?', previous_response_id: again.id };
  for (let n = 0; n < 2; n++) {
    await openai().responses.create(next);
    expect(cache).toBe('bypass');
    expect(stage.provider.asked.at(-1)!.body.previous_response_id).toBe('resp_1');
  }
});

test('embeddings and counts of tokens are given again, too', async () => {
  for (const expected of ['miss', 'hit']) {
    await openai().embeddings.create({ model: 'open', input: 'Hi' });
    expect(cache).toBe(expected);
  }
  for (const expected of ['miss', 'hit']) {
    await anthropic().messages.countTokens({ model: 'claude', ...chat('Hi') });
    expect(cache).toBe(expected);
  }
});

test('what a fallback answered is not given in place of the first', async () => {
  const [, say] = WAYS[0]!;
  for (let n = 0; n < 2; n++) {
    expect([await say('two', 'DOWN'), cache]).toEqual(['DOWN', 'miss']);
    expect(stage.provider.asked.at(-1)!.body.model).toBe('second');
  }
});

test('what the first backend answered is given while it is passed over, and then what the second did', async () => {
  const [, say] = WAYS[0]!;
  await say('two', 'before');
  for (let n = 0; n < 5; n++) await say('two', `DOWN ${n}`);
  const { length } = stage.provider.asked;
  expect([await say('two', 'before'), cache]).toEqual(['before', 'hit']);
  expect((await stage.records()).at(-1)).toMatchObject({ 'gen_ai.request.model': 'first' });
  expect((await stage.records()).at(-1)).not.toHaveProperty(['sluice.fallback']);
  expect(stage.provider.asked).toHaveLength(length);
  for (const expected of ['miss', 'hit']) {
    expect([await say('two', 'now'), cache]).toEqual(['now', expected]);
    expect((await stage.records()).at(-1)).toMatchObject({
      'gen_ai.request.model': 'second',
      'sluice.fallback': true,
    });
  }
  expect(stage.provider.asked).toHaveLength(length + 1);
});

test('copies in shadow neither take from the cache nor fill it, and an answer from it is not copied', async () => {
  const put = (content: string) =>
    stage.store.put({
      kind: 'PromptRelease',
      metadata: { name: 'prompt', namespace: 'support' },
      spec: {
        routeRef: { name: 'open' },
        prompt: { messages: [{ role: 'system', content }] },
        rollout: {
          strategy: 'Shadow',
          steps: [{ weight: 100, minDuration: '1h' }],
          guardrails: [{ name: 'errors', metric: 'ErrorRate', action: 'Notify' }],
        },
      },
    });
  await stage.prompt({ messages: [{ role: 'system', content: 'You are A.' }] });
  put('You are B.');
  const copies = () =>
    stage.provider.asked.filter(({ body }) => JSON.stringify(body).includes('are B')).length;
  let probes = 0;
  await eventually('calls are copied', async () => {
    await openai().chat.completions.create({ model: 'prompt', ...chat(`probe ${probes++}`) });
    return copies() > 0;
  });
  const before = copies();
  for (const expected of ['miss', 'hit', 'hit']) {
    await openai().chat.completions.create({ model: 'prompt', ...chat('x') });
    expect(cache).toBe(expected);
  }
  await openai().chat.completions.create({ model: 'prompt', ...chat('y') });
  await eventually('both that were asked are copied', () => copies() >= before + 2);
  expect(copies()).toBe(before + 2);
});
