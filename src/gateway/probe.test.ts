import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { memoryStore } from '../store/memory.ts';
import { prober } from './probe.ts';

const KEY = 'sk-planted-4711';
let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

async function stage(rules: Parameters<typeof startSimulator>[0]['rules'], over: object = {}) {
  const sent: Record<string, unknown>[] = [];
  const simulator: Simulator = await startSimulator({
    rules,
    key: KEY,
    seed: 1,
    onRequest: (body) => sent.push(JSON.parse(body) as Record<string, unknown>),
  });
  const source = memoryStore();
  source.secrets.set('n/sim/key', KEY);
  const auth = { secretRef: { name: 'sim', key: 'key' } };
  const spec = { dialect: 'OpenAI' as const, baseURL: simulator.baseURL, auth, ...over };
  source.put({ kind: 'ModelProvider', metadata: { name: 'sim', namespace: 'n' }, spec });
  const own = prober({ source, pause: async () => {} });
  stop = async () => {
    await own.close();
    await simulator.close();
  };
  const provider = source.get('ModelProvider', 'n', 'sim')!;
  return { sent, probe: (model = 'm', signal?: AbortSignal) => own.probe(provider, model, signal) };
}

test('a model that answers works, and is asked for little', async () => {
  const { sent, probe } = await stage([{ answer: 'pong' }]);
  expect(await probe()).toEqual({ latencyMs: expect.any(Number) });
  expect(sent).toEqual([
    { model: 'm', messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 },
  ]);
});

test("a provider of Anthropic's dialect is asked in its own words", async () => {
  const { sent, probe } = await stage([{ answer: 'pong' }], { dialect: 'Anthropic' });
  expect(await probe()).toEqual({ latencyMs: expect.any(Number) });
  expect(sent).toMatchObject([{ model: 'm', max_tokens: 16 }]);
});

test('an answer that is refused or cut off is one', async () => {
  const { probe } = await stage([{ refusals: 1, answer: 'x' }]);
  expect(await probe()).toHaveProperty('latencyMs');
});

test('what refuses the call is asked in the older way, to embed, as a response, and the first refusal is told', async () => {
  const { sent, probe } = await stage([{ errors: { rate: 1, status: 400 }, answer: 'x' }]);
  expect(await probe()).toEqual({ error: expect.stringContaining('the provider answered 400') });
  expect(sent.map((body) => Object.keys(body).filter((key) => key !== 'model'))).toEqual([
    ['messages', 'max_completion_tokens'],
    ['messages', 'max_tokens'],
    ['input'],
    ['input', 'max_output_tokens'],
  ]);
});

test('a model that knows only responses works, be its answer cut or not', async () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const body = url.endsWith('/responses')
      ? {
          id: 'r',
          model: 'm',
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
          output: [],
        }
      : { error: { message: 'This model is only supported in v1/responses.' } };
    response.writeHead('error' in body ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { probe } = await stage([{ answer: 'x' }], {
    baseURL: `http://127.0.0.1:${port}/v1`,
    auth: undefined,
  });
  expect(await probe()).toEqual({ latencyMs: expect.any(Number) });
  expect(asked.at(-1)).toBe('/v1/responses');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('what may pass by itself is tried once more', async () => {
  const { sent, probe } = await stage([{ errors: { rate: 1, status: 503 }, answer: 'x' }]);
  expect(await probe()).toEqual({ error: expect.stringContaining('the provider answered 503') });
  expect(sent).toHaveLength(2);
});

test('a key that is missing or wrong is told, and never shown', async () => {
  const missing = await stage([{ answer: 'x' }], { auth: { secretRef: { name: 'none', key: 'key' } } });
  expect(await missing.probe()).toEqual({
    error: expect.stringContaining('the key of provider sim is missing'),
  });
  expect(missing.sent).toEqual([]);
  await stop?.();
  const none = await stage([{ answer: 'x' }], { auth: undefined });
  const wrong = await none.probe();
  expect(wrong).toEqual({ error: expect.stringContaining('the provider answered 401') });
  expect(JSON.stringify(wrong)).not.toContain(KEY);
});

test('one that is broken off says nothing of the model', async () => {
  const { probe } = await stage([{ answer: 'x' }]);
  expect(await probe('m', AbortSignal.abort())).toBeUndefined();
});
