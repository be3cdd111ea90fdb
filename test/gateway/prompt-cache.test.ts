import Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { eventually } from '../eventually.ts';
import { type EchoStage, startEchoStage } from './echo-stage.ts';

/** That the providers' own caches of prompts find what they look for: what calls begin with, the same to the byte, at the same backend. */
let stage: EchoStage;
let anthropic: Anthropic;

const PROMPT = {
  messages: [
    { role: 'system' as const, content: 'You are {{product}} help. Send what is hard to desk@example.com.' },
    { placeholder: 'messages' as const },
  ],
  variables: { type: 'object', properties: { product: { type: 'string', default: 'Acme' } } },
  tools: [
    {
      type: 'function',
      function: { name: 'look', description: 'Or ask it@example.com.', parameters: { type: 'object' } },
    },
  ],
};

beforeEach(async () => {
  stage = await startEchoStage({ redact: ['EMAIL'] });
  anthropic = new Anthropic({ baseURL: stage.gateway.url, apiKey: 'k', maxRetries: 0, timeout: 10_000 });
  for (const route of ['open', 'claude'])
    stage.store.put({
      kind: 'PromptRelease',
      metadata: { name: `on-${route}`, namespace: 'support' },
      spec: { routeRef: { name: route }, prompt: PROMPT },
    });
  await eventually('both releases are served', async () => {
    const { data } = await stage.client.models.list();
    return data.length === 5;
  });
});
afterEach(() => stage.stop());

const sent = () => stage.provider.asked.at(-1)!.body;
const json = (value: unknown) => JSON.stringify(value);

/** The turns of a conversation, each time with one more. */
const TURNS = ['Hi', 'I am jane@example.com', 'and joe@example.com, jane@example.com knows', 'Bye'];
const turnsTo = (n: number) =>
  TURNS.slice(0, n).flatMap((content, at) => [
    { role: 'user' as const, content },
    ...(at < n - 1 ? [{ role: 'assistant' as const, content: `Yes ${at}.` }] : []),
  ]);

type Say = (n: number) => Promise<unknown>;
const WAYS: [way: string, turns: string, say: Say][] = [
  [
    'chat at OpenAI',
    'messages',
    (n) =>
      stage.client.chat.completions.create({ model: 'on-open', messages: turnsTo(n), user: 'x@example.com' }),
  ],
  [
    'chat at Anthropic',
    'messages',
    (n) => stage.client.chat.completions.create({ model: 'on-claude', messages: turnsTo(n) }),
  ],
  ['responses', 'input', (n) => stage.client.responses.create({ model: 'on-open', input: turnsTo(n) })],
  [
    'messages at Anthropic',
    'messages',
    (n) =>
      anthropic.messages.create({
        model: 'on-claude',
        max_tokens: 9,
        system: 'Short.',
        messages: turnsTo(n),
      }),
  ],
  [
    'messages at OpenAI',
    'messages',
    (n) => anthropic.messages.create({ model: 'on-open', max_tokens: 9, messages: turnsTo(n) }),
  ],
];

test.each(WAYS)(
  'what a conversation began with is sent again byte for byte: %s',
  async (_way, turns, say) => {
    let before: Record<string, unknown> | undefined;
    for (let n = 1; n <= TURNS.length; n++) {
      await say(n);
      const now = sent();
      expect(json(now)).not.toContain('@example.com');
      if (before !== undefined) {
        const { [turns]: said, ...rest } = now;
        const { [turns]: saidBefore, user: _, ...restBefore } = before;
        expect(json(said).startsWith(json(saidBefore).slice(0, -1))).toBe(true);
        expect(rest).toMatchObject(restBefore);
        for (const name of ['tools', 'system', 'instructions'])
          expect(json(now[name])).toBe(json(before[name]));
      }
      before = now;
    }
    expect(json(before)).toContain('[EMAIL_4]');
  },
);

test('marks of Anthropic’s cache go on from a message, wherever they stand', async () => {
  const cache_control = { type: 'ephemeral' as const, ttl: '1h' as const };
  await anthropic.messages.create({
    model: 'claude',
    max_tokens: 9,
    cache_control,
    system: [{ type: 'text', text: 'Long.', cache_control }],
    tools: [{ name: 'f', input_schema: { type: 'object' }, cache_control }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control }] }],
  });
  expect(sent()).toMatchObject({
    cache_control,
    system: [{ text: 'Long.', cache_control }],
    tools: [{ name: 'f', cache_control }],
    messages: [{ content: [{ text: 'hi', cache_control }] }],
  });
});

test('and from a chat completion at Anthropic; OpenAI, which knows no marks in a message, gets none of them', async () => {
  const cache_control = { type: 'ephemeral' };
  const marked = {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Long.', cache_control }] },
      { role: 'user', content: [{ type: 'text', text: 'hi', cache_control }] },
    ],
    tools: [{ type: 'function', function: { name: 'f' }, cache_control }],
    cache_control,
  } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
  await stage.client.chat.completions.create({ ...marked, model: 'claude' });
  expect(sent()).toMatchObject({
    cache_control,
    system: [{ text: 'Long.', cache_control }],
    tools: [{ name: 'f', cache_control }],
    messages: [{ content: [{ text: 'hi', cache_control }] }],
  });
  await anthropic.messages.create({
    model: 'open',
    max_tokens: 9,
    system: [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } }],
    tools: [{ name: 'f', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] },
    ],
  });
  expect(json(sent())).not.toContain('cache_control');
});

test('a backend’s own mark is on every call of Anthropic’s, from a release too', async () => {
  const cache_control = { type: 'ephemeral' };
  const backend = {
    name: 'b0',
    providerRef: { name: 'anthropic' },
    model: 'first',
    parameters: { cache_control },
  };
  stage.store.put({
    kind: 'ModelRoute',
    metadata: { name: 'claude', namespace: 'support' },
    spec: { backends: [backend], rollout: { strategy: 'Immediate' } },
  });
  const ask = () => anthropic.messages.create({ model: 'on-claude', max_tokens: 9, messages: turnsTo(1) });
  await eventually('it is marked', async () => {
    await ask();
    return sent().cache_control !== undefined;
  });
  expect(sent().cache_control).toEqual(cache_control);
  await stage.client.chat.completions.create({ model: 'on-claude', messages: turnsTo(1) });
  expect(sent().cache_control).toEqual(cache_control);
});

test('prompt_cache_key goes on as it is, and Anthropic, which has none, gets none', async () => {
  const key = { prompt_cache_key: 'tenant-7', prompt_cache_retention: '24h' as const };
  await stage.client.chat.completions.create({ model: 'on-open', messages: turnsTo(1), ...key });
  expect(sent()).toMatchObject(key);
  await stage.client.responses.create({ model: 'on-open', input: 'Hi', ...key });
  expect(sent()).toMatchObject(key);
  await stage.client.chat.completions.create({ model: 'on-claude', messages: turnsTo(1), ...key });
  expect(json(sent())).not.toContain('prompt_cache');
});

test('calls stay at the first backend, and come back to it after one that it failed', async () => {
  const ask = async (content: string) => {
    await stage.client.chat.completions.create({ model: 'two', messages: [{ role: 'user', content }] });
    return sent().model;
  };
  for (let n = 0; n < 10; n++) expect(await ask(`call ${n}`)).toBe('first');
  expect(await ask('DOWN')).toBe('second');
  expect(await ask('again')).toBe('first');
});
