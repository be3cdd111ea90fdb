import { PassThrough } from 'node:stream';
import OpenAI from 'openai';
import { request } from 'undici';
import type { ModelRouteSpec } from '../../src/api/model-route.ts';
import type { PromptContent } from '../../src/api/prompt-release.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { MOST_COPIES } from '../../src/gateway/shadow.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type MemoryStore, memoryStore } from '../../src/store/memory.ts';
import { eventually } from '../eventually.ts';

const lookUp = { type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } };

let store: MemoryStore;
let simulator: Simulator;
let gateway: Gateway;
let client: OpenAI;
let seen: { model: string; stream?: boolean; messages: { content: string }[] }[];
let written: string;

beforeEach(async () => {
  store = memoryStore();
  seen = [];
  simulator = await startSimulator({
    rules: [
      { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
      { match: { text: 'HANG' }, hangs: 1, answer: 'x' },
      { match: { text: 'STALL' }, stalls: { rate: 1, afterChunks: 1 }, answer: 'one two three' },
      { match: { text: 'REFUSE' }, refusals: 1, answer: 'x' },
      { match: { text: 'WRONG' }, errors: { rate: 1, status: 400 }, answer: 'x' },
      { match: { text: 'TOOL' }, toolCalls: { rate: 1, name: 'other' }, answer: 'x' },
      { match: { text: 'WAIT' }, latency: 3_000, answer: 'Late' },
      { match: { text: 'COPY' }, firstToken: 60, tokensPerSecond: 50, answer: 'never to be seen' },
      { match: { model: 'model-b' }, answer: 'never to be seen' },
      { match: {}, answer: 'Hello' },
    ],
    seed: 3,
    onRequest: (body) => seen.push(JSON.parse(body)),
  });
  const lines = new PassThrough();
  written = '';
  lines.on('data', (chunk) => {
    written += chunk;
  });
  const local = { host: '127.0.0.1', port: 0 };
  gateway = await startGateway({ source: store, listen: local, admin: local, replica: 'g', recordTo: lines });
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'k', maxRetries: 0, timeout: 10_000 });
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: {
      dialect: 'OpenAI',
      baseURL: simulator.baseURL,
      models: [{ name: 'model-a', pricesPerMillion: { input: '1', output: '2' } }],
    },
  });
  await putRoute(['model-a']);
});
afterEach(async () => {
  await gateway.stop(0);
  await simulator.close(100);
});

/** A release whose first revision serves; a second one is in shadow with `weight`. */
async function put(
  kind: 'PromptRelease' | 'ModelRoute',
  name: string,
  contents: readonly object[],
  weight: number,
  over: Partial<ReleaseStatus> = {},
): Promise<void> {
  const { metadata } = store.put({ kind, metadata: { name, namespace: 'n' }, spec: contents[0] as never });
  const owner = { kind, name, uid: metadata.uid };
  for (const [at, content] of contents.entries()) {
    const revision = `${name}-${at + 1}`;
    const kept = { name: revision, namespace: 'n', owner, number: at, content: content as PromptContent };
    await store.dropRevision(kept);
    await store.keepRevision(kept);
  }
  const candidate = {
    candidateRevision: `${name}-2`,
    traffic: [{ revision: `${name}-1`, weight: 100 }],
    shadow: { revision: `${name}-2`, weight },
  };
  await store.writeStatus(store.get(kind, 'n', name)!, {
    stableRevision: `${name}-1`,
    attempt: 1,
    epoch: 1,
    ...(contents.length > 1 && candidate),
    ...over,
  });
  await eventually(`${name} is served`, () =>
    gateway.evidence([metadata.uid]).releases.some(({ serving }) => serving?.weight === weight),
  );
}

function putRoute(models: string[], timeouts = { firstToken: '5s', total: '8s' }): Promise<void> {
  const specs = models.map((model): ModelRouteSpec => {
    return { backends: [{ name: 'b', providerRef: { name: 'sim' }, model, timeouts }] };
  });
  return put('ModelRoute', 'r', specs, models.length > 1 ? 100 : 0);
}

function putPrompt(candidate: string | undefined, weight = 100, over: object = {}): Promise<void> {
  const texts = ['Serve.', ...(candidate === undefined ? [] : [candidate])];
  const contents = texts.map((content) => {
    return { routeRef: { name: 'r' }, prompt: { messages: [{ role: 'system', content }], ...over } };
  });
  return put('PromptRelease', 'p', contents, weight);
}

const cellsOf = (revision: string) =>
  gateway.evidence().releases.flatMap(({ cells }) => cells.filter((each) => each.revision === revision));
const outcomesOf = (revision: string) => cellsOf(revision).map(({ outcomes }) => outcomes);
const charged = (revision: string, count = 1) =>
  eventually(
    () => `${revision}: ${JSON.stringify(cellsOf(revision))}`,
    () => {
      const all = outcomesOf(revision).flatMap((each) => Object.values(each));
      return all.reduce((sum, each) => sum + each, 0) >= count;
    },
  );
const records = () =>
  written
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const metric = async (name: string) => {
  const { body } = await request(`${gateway.adminUrl}/metrics`);
  return (await body.text()).split('\n').filter((line) => line.startsWith(`sluice_gateway_${name}`));
};

async function ask(over: object = {}) {
  const { data, response } = await client.chat.completions
    .create({ model: 'n/p', user: 'u', messages: [{ role: 'user', content: 'hi' }], ...over })
    .withResponse();
  return { text: data.choices[0]?.message.content, revision: response.headers.get('x-sluice-revision') };
}

async function askStream(over: object = {}) {
  const stream = await client.chat.completions.create({
    model: 'n/p',
    user: 'u',
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
    ...over,
  });
  let text = '';
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
  return text;
}

test('the caller gets stable, and a copy of its call is charged to the candidate with all that is measured', async () => {
  await putPrompt('COPY', 100);
  expect(await ask()).toEqual({ text: 'Hello', revision: 'p-1' });
  await charged('p-2');
  expect(await askStream()).toBe('Hello');
  await charged('p-2', 2);
  expect(seen.map(({ messages, stream }) => [messages[0]?.content, stream ?? false])).toEqual([
    ['Serve.', false],
    ['COPY', false],
    ['Serve.', true],
    ['COPY', true],
  ]);
  expect(cellsOf('p-1')).toMatchObject([{ weight: 100, outcomes: { success: 2 } }]);
  expect(cellsOf('p-2')).toEqual([
    {
      attempt: 1,
      weight: 100,
      revision: 'p-2',
      outcomes: { success: 2 },
      schemaChecked: 0,
      latency: expect.anything(),
      firstToken: expect.anything(),
      cost: expect.anything(),
      outputTokens: { 16: 2 },
    },
  ]);
  // The route's own counts are of what callers got.
  expect(outcomesOf('r-1')).toEqual([{ success: 2 }]);

  const [served, copy] = await eventually('records', () => records().length === 4 && records());
  expect(served).toMatchObject({ 'sluice.arm': 'stable', 'sluice.revision': 'p-1' });
  expect(copy).toMatchObject({
    'sluice.call': served['sluice.call'],
    'sluice.arm': 'shadow',
    'sluice.release': 'p',
    'sluice.revision': 'p-2',
    'sluice.outcome': 'success',
    'sluice.cost_usd': expect.any(Number),
    'gen_ai.usage.output_tokens': expect.any(Number),
  });
  expect((await metric('calls_total')).map((line) => line.replace(/.*revision/, ''))).toEqual([
    '="p-1",outcome="success"} 2',
  ]);
  const labels = 'kind="PromptRelease",namespace="n",release="p",revision="p-2"';
  expect(await metric('shadow_copies_total')).toEqual([
    `sluice_gateway_shadow_copies_total{${labels},outcome="success"} 2`,
  ]);
});

test.each([
  ['FAIL', { upstream_5xx: 1 }],
  ['REFUSE', { refusal: 1 }],
  // Stable took the same call, so it is not the caller's fault.
  ['WRONG', { upstream_4xx: 1 }],
  ['STALL', { timeout: 1 }],
])(
  'what fails in the copy is charged to the candidate, and nobody notices: %s',
  async (content, outcomes) => {
    await putRoute(['model-a'], { firstToken: '300ms', total: '600ms' });
    await putPrompt(content);
    expect(await askStream()).toBe('Hello');
    await charged('p-2');
    expect(outcomesOf('p-2')).toEqual([outcomes]);
    expect(outcomesOf('p-1')).toEqual([{ success: 1 }]);
    expect(outcomesOf('r-1')).toEqual([{ success: 1 }]);
  },
);

test('schema and tools are held against what the candidate says', async () => {
  await putPrompt('TOOL', 100, { tools: [lookUp] });
  await ask();
  await charged('p-2');
  expect(cellsOf('p-2')).toMatchObject([{ outcomes: { success: 1 }, tools: { checked: 1, failed: 1 } }]);
  await put(
    'PromptRelease',
    'q',
    ['Serve.', 'COPY'].map((content) => {
      const prompt = { messages: [{ role: 'system', content }], responseSchema: { type: 'object' } };
      return { routeRef: { name: 'r' }, prompt };
    }),
    100,
  );
  await ask({ model: 'n/q', response_format: { type: 'text' } });
  await charged('q-2');
  expect(cellsOf('q-2')).toMatchObject([{ outcomes: { success: 1 } }]);
  await ask({ model: 'n/q' });
  await charged('q-2', 2);
  expect(cellsOf('q-2')).toMatchObject([{ outcomes: { success: 1, schema_invalid: 1 } }]);
});

test('a prompt and its route in shadow at once are copied each by itself', async () => {
  await putRoute(['model-a', 'model-b']);
  await putPrompt('COPY');
  expect(await ask()).toEqual({ text: 'Hello', revision: 'p-1' });
  await Promise.all([charged('p-2'), charged('r-2')]);
  const sent = seen.map(({ model, messages }) => `${model} ${messages[0]?.content}`);
  expect(sent.sort()).toEqual(['model-a COPY', 'model-a Serve.', 'model-b Serve.']);
  for (const revision of ['p-1', 'p-2', 'r-1', 'r-2']) expect(outcomesOf(revision)).toEqual([{ success: 1 }]);
});

test('only the share of calls is copied, and callers stay in it', async () => {
  await putPrompt('COPY', 40);
  const users = Array.from({ length: 50 }, (_, n) => `user-${n}`);
  const copied = async () => {
    const before = records().length;
    await Promise.all(users.map((user) => ask({ user })));
    let last = -1;
    // Copies come in when they will: there are no more once none has come for a while.
    await eventually(
      'all copies',
      () => {
        const settled = last === records().length;
        last = records().length;
        return settled && last > before + users.length;
      },
      10_000,
      500,
    );
    return last - before - users.length;
  };
  const first = await copied();
  expect(first).toBeGreaterThan(10);
  expect(first).toBeLessThan(30);
  expect(await copied()).toBe(first);
  expect(cellsOf('p-1')).toMatchObject([{ weight: 40 }]);
});

test("a caller that hangs up is not copied, nor is a caller's own fault", async () => {
  await putPrompt('COPY');
  const impatient = new AbortController();
  const call = client.chat.completions.create(
    { model: 'n/p', messages: [{ role: 'user', content: 'WAIT' }] },
    { signal: impatient.signal },
  );
  await eventually('asked', () => seen.length === 1);
  impatient.abort();
  await expect(call).rejects.toThrow();
  await charged('p-1');
  await expect(ask({ messages: [{ role: 'user', content: 'WRONG' }] })).rejects.toMatchObject({
    status: 400,
  });
  await ask();
  await charged('p-2');
  expect(outcomesOf('p-2')).toEqual([{ success: 1 }]);
  expect(seen.filter(({ messages }) => messages[0]?.content === 'COPY')).toHaveLength(1);
});

test('a candidate that hangs delays nobody; beyond the bound copies are left out, and a stop breaks them off', async () => {
  await putPrompt('HANG');
  await ask();
  const calls = MOST_COPIES + 10;
  const times: number[] = [];
  for (let n = 0; n < calls; n++) {
    const begun = performance.now();
    expect((await ask({ user: `user-${n}` })).text).toBe('Hello');
    times.push(performance.now() - begun);
  }
  // The candidate takes 8 s to time out.
  expect(Math.max(...times)).toBeLessThan(3_000);
  const copies = () => seen.filter(({ messages }) => messages[0]?.content === 'HANG').length;
  await eventually('copies', () => copies() === MOST_COPIES);
  const labels = 'kind="PromptRelease",namespace="n",release="p",revision="p-2"';
  expect(await metric('shadow_skipped_total')).toEqual([
    `sluice_gateway_shadow_skipped_total{${labels}} ${calls + 1 - MOST_COPIES}`,
  ]);
  const begun = performance.now();
  await gateway.stop(200);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(copies()).toBe(MOST_COPIES);
  expect(outcomesOf('p-2')).toEqual([]);
  expect(records().filter((each) => each['sluice.arm'] === 'shadow')).toEqual([]);
});

test('a stop lets copies under way finish', async () => {
  await putPrompt('WAIT');
  await ask();
  await eventually('copied', () => seen.length === 2);
  await gateway.stop(8_000);
  expect(outcomesOf('p-2')).toEqual([{ success: 1 }]);
  expect(records().at(-1)).toMatchObject({ 'sluice.arm': 'shadow', 'sluice.outcome': 'success' });
});

test('what a candidate in shadow would say is put into no conversation that the provider keeps for a caller', async () => {
  await putPrompt('COPY');
  const asked = (over: object) => client.responses.create({ model: 'n/p', input: 'hi', ...over });
  await asked({ conversation: 'conv_1' });
  await asked({ conversation: { id: 'conv_1' } });
  await asked({ conversation: null });
  await charged('p-2');
  expect(outcomesOf('p-1')).toEqual([{ success: 3 }]);
  expect(outcomesOf('p-2')).toEqual([{ success: 1 }]);
  const sent = seen as unknown as { conversation?: unknown; instructions: string }[];
  expect(sent.filter(({ instructions }) => instructions === 'COPY').map((each) => each.conversation)).toEqual(
    [null],
  );
  const labels = 'kind="PromptRelease",namespace="n",release="p",revision="p-2"';
  expect(await metric('shadow_skipped_total')).toEqual([`sluice_gateway_shadow_skipped_total{${labels}} 2`]);
});
