import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { type Asker, asker } from './ask.ts';

const KEY = 'sk-planted-4711';
type Reply = { status?: number; headers?: Record<string, string>; body?: object | string; hang?: boolean };

let store: MemoryStore;
let server: Server;
let replies: Reply[];
let asked: { body: Record<string, unknown>; authorization?: string }[];
let paused: number[];
let ask: Asker['ask'];
let close: () => Promise<void>;

beforeEach(async () => {
  [replies, asked, paused] = [[], [], []];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    const { authorization } = request.headers;
    asked.push({ body: JSON.parse(text), ...(authorization && { authorization }) });
    const {
      status = 200,
      headers = {},
      body = completion({ content: 'Hello' }),
      hang,
    } = replies.shift() ?? {};
    if (hang) return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  store = memoryStore();
  store.secrets.set('n/sim/key', KEY);
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: {
      dialect: 'OpenAI',
      baseURL,
      auth: { secretRef: { name: 'sim', key: 'key' } },
      models: [{ name: 'model-a', pricesPerMillion: { input: '1', output: '2' } }],
    },
  });
  const backends = ['model-a', 'model-b'].map((model) => ({
    name: model,
    providerRef: { name: 'sim' },
    model,
  }));
  await keep('ModelRoute', 'r', 'r-1', { backends });
  await keep('ModelRoute', 'r', 'r-2', { backends: [backends[1]!] });
  const prompt = (content: string) => ({ messages: [{ role: 'system' as const, content }] });
  await keep('PromptRelease', 't', 't-1', { routeRef: { name: 'r' }, prompt: prompt('You are {{who}}.') });
  await keep('PromptRelease', 't', 't-2', { routeRef: { name: 'r' }, prompt: prompt('Second.') });
  await store.writeStatus(store.get('ModelRoute', 'n', 'r')!, { stableRevision: 'r-1' });
  const made = asker({ source: store, pause: async (ms) => void paused.push(ms) });
  ({ ask, close } = made);
});
afterEach(async () => {
  await close();
  server.closeAllConnections();
  server.close();
});

async function keep(kind: 'ModelRoute' | 'PromptRelease', name: string, revision: string, content: object) {
  const { metadata } = store.put({ kind, metadata: { name, namespace: 'n' }, spec: content as never });
  const owner = { kind, name, uid: metadata.uid };
  await store.keepRevision({ name: revision, namespace: 'n', owner, number: 1, content: content as never });
}

function completion(message: object, finish = 'stop') {
  return {
    model: 'model-a',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 1_000, completion_tokens: 500 },
  };
}

const prompt = { kind: 'PromptRelease', namespace: 'n', name: 't' } as const;
const route = { kind: 'ModelRoute', namespace: 'n', name: 'r' } as const;
const hi = [{ role: 'user', content: 'hi' }];

test('asks the revision named with the variables and messages given, with the provider’s key', async () => {
  expect(await ask(prompt, 't-1', { vars: { who: 'A' }, messages: hi })).toEqual({
    text: 'Hello',
    toolCalls: [],
    finishReason: 'stop',
    latencyMs: expect.any(Number),
    costUSD: 0.002,
    tokens: { inputTokens: 1_000, outputTokens: 500 },
    prompt: 'system: You are A.\n\nuser: hi',
    model: 'model-a',
  });
  await ask(prompt, 't-2', {});
  await ask(route, 'r-2', { vars: { who: 'A' }, messages: hi });
  expect(asked).toEqual([
    {
      body: { model: 'model-a', messages: [{ role: 'system', content: 'You are A.' }, ...hi] },
      authorization: `Bearer ${KEY}`,
    },
    {
      body: { model: 'model-a', messages: [{ role: 'system', content: 'Second.' }] },
      authorization: expect.any(String),
    },
    { body: { model: 'model-b', messages: hi }, authorization: expect.any(String) },
  ]);
});

test('tells of tools called and of a refusal as the provider says it', async () => {
  const call = { id: 'c', type: 'function', function: { name: 'find', arguments: '{"id":7}' } };
  replies.push({ body: completion({ content: null, tool_calls: [call] }, 'tool_calls') });
  expect(await ask(prompt, 't-2', {})).toMatchObject({
    text: '',
    toolCalls: [{ name: 'find', arguments: '{"id":7}' }],
    finishReason: 'tool_calls',
  });
  replies.push({ body: completion({ content: null, refusal: 'No.' }) });
  expect(await ask(prompt, 't-2', {})).toMatchObject({ text: '', refused: true });
  replies.push({ status: 400, body: { error: { code: 'content_filter', message: 'filtered' } } });
  expect(await ask(prompt, 't-2', {})).toMatchObject({ text: '', refused: true });
  replies.push({ body: completion({ content: 'I am sorry, but I cannot help.' }) });
  expect(await ask(prompt, 't-2', {})).not.toHaveProperty('refused');
});

test('tries again what may pass by itself, after the time that the provider asks for', async () => {
  replies.push({ status: 429, headers: { 'retry-after': '7' }, body: {} }, { status: 500, body: 'down' });
  expect(await ask(prompt, 't-2', {})).toMatchObject({ text: 'Hello' });
  expect(asked).toHaveLength(3);
  expect(paused[0]).toBe(7_000);
  expect(paused[1]).toBeLessThan(7_000);
});

test('what does not pass is an error in words, never the answer of a fallback', async () => {
  replies.push(...Array.from({ length: 4 }, () => ({ status: 503, body: {} })));
  expect(await ask(prompt, 't-2', {})).toEqual({ error: 'sim model-a: the provider answered 503' });
  expect(asked.map(({ body }) => body.model)).toEqual(['model-a', 'model-a', 'model-a', 'model-a']);
});

test('what is wrong with the question is not tried again, and told without the key', async () => {
  replies.push({ status: 400, body: { error: { message: 'temperature is too high' } } });
  expect(await ask(prompt, 't-2', {})).toEqual({
    error: 'sim model-a: the provider answered 400: temperature is too high',
  });
  replies.push({ status: 401, body: { error: { message: `wrong key ${KEY}` } } });
  expect(await ask(prompt, 't-2', {})).toEqual({ error: 'sim model-a: the provider answered 401' });
  expect(asked).toHaveLength(2);
});

test('a revision that is not kept is an error, and so is a route that cannot serve', async () => {
  expect(await ask(prompt, 't-9', {})).toEqual({ error: 'PromptRelease n/t keeps no revision t-9' });
  store.remove('ModelRoute', 'n', 'r');
  expect(await ask(prompt, 't-2', {})).toEqual({
    error: 'ModelRoute r, which revision t-2 asks, cannot serve: see its status',
  });
});

test('a missing key is an error that says what to do', async () => {
  store.secrets.clear();
  expect(await ask(prompt, 't-2', {})).toEqual({
    error: 'the key of provider sim is missing or unusable; put n/sim/key into the memory store',
  });
  expect(asked).toEqual([]);
});

test('a question that is called off ends at once', async () => {
  replies.push({ hang: true });
  const controller = new AbortController();
  server.once('request', () => controller.abort());
  expect(await ask(prompt, 't-2', {}, controller.signal)).toEqual({ error: 'it was called off' });
});

test('an answer that is longer than can be judged is an error, and what it cost is told', async () => {
  replies.push({
    body: {
      ...completion({ content: 'x'.repeat(1_100_000) }),
      usage: { prompt_tokens: 10, completion_tokens: 500_000 },
    },
  });
  expect(await ask({ kind: 'ModelRoute', namespace: 'n', name: 'r' }, 'r-1', {})).toEqual({
    error: 'sim model-a: the answer is longer than can be judged',
    charged: { costUSD: (10 + 2 * 500_000) / 1_000_000 },
  });
});
