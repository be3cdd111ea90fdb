import { request } from 'undici';
import type { Buckets } from '../../src/api/evidence.ts';
import { lowerBound } from '../../src/lib/buckets.ts';
import { eventually } from '../eventually.ts';
import { type Asked, begin, chunk, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { ask, askStream, held, type Stage, startStage } from './stage.ts';

const lookUp = {
  type: 'function',
  function: {
    name: 'look_up',
    parameters: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
  },
};
const callers = {
  type: 'function' as const,
  function: { name: 'own', parameters: { type: 'object', required: ['x'] } },
};

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'HANG' }, hangs: 1, answer: 'x' },
    { match: { text: 'SLOW' }, latency: 300, firstToken: 200, tokensPerSecond: 50, answer: 'one two three' },
    { match: { text: 'GOOD-TOOL' }, toolCalls: { rate: 1, name: 'look_up', arguments: '{"id": 7}' } },
    { match: { text: 'BAD-TOOL' }, toolCalls: { rate: 1, name: 'look_up', arguments: '{"id": "seven"}' } },
    { match: { text: 'NO-SUCH-TOOL' }, toolCalls: { rate: 1, name: 'delete_all' } },
    { match: { text: 'OWN-TOOL' }, toolCalls: { rate: 1, name: 'own' } },
    { match: { text: 'BROKEN-TOOL' }, toolCalls: { rate: 1, name: 'own', arguments: '{"x": ' } },
    { match: { text: 'UNTOLD' }, usage: { missing: true }, answer: 'Hello' },
    { match: {}, answer: 'Hello', usage: { cached: 0.5 } },
  ]);
});
afterEach(() => stage.stop());

const price = (pricesPerMillion: object) =>
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'support' },
    spec: {
      ...stage.store.get('ModelProvider', 'support', 'sim')!.spec,
      models: [{ name: 'model-a', pricesPerMillion }],
    },
  });
/** What was counted of the prompt's stable revision; there is one cell at rest. */
const measured = () => stage.cells(stage.status().stableRevision!)[0];
/** The lowest values of the buckets that have something, ascending. */
const values = (buckets: Buckets = {}) =>
  Object.keys(buckets)
    .map((key) => lowerBound(Number(key)))
    .sort((a, b) => a - b);
/** What the gateway's metrics say of the prompt's stable revision. */
const metric = async (name: string, more = '') => {
  const text = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
  const revision = stage.status().stableRevision!;
  const line = text
    .split('\n')
    .find(
      (each) => each.startsWith(`sluice_gateway_${name}{`) && each.includes(`revision="${revision}"${more}}`),
    );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};
const served = async (content: string, over: object = {}, attempt = 2) => {
  stage.putRelease(content, { rollout: { strategy: 'Immediate' }, ...over });
  await stage.until((status) => status.attempt === attempt);
};

test('the times of an answer, in one piece and streamed', async () => {
  await served('SLOW');
  await ask(stage, 'u');
  expect(values(measured()?.latency)[0]).toBeGreaterThan(270);
  expect(measured()).not.toHaveProperty('firstToken');
  await askStream(stage, 'u');
  const [first] = values(measured()?.firstToken);
  expect(first).toBeGreaterThan(180);
  expect(first).toBeLessThan(values(measured()?.latency).at(-1)!);
  // The route is charged alike.
  const route = stage.cells(stage.status('ModelRoute', 'fast').stableRevision!)[0];
  expect(route).toMatchObject({ latency: measured()?.latency, firstToken: measured()?.firstToken });
});

test('tokens and cost as reported, in evidence and record; a new price applies at once', async () => {
  const usage = (await ask(stage, 'u')).data.usage!;
  expect(measured()).not.toHaveProperty('cost');
  expect(values(measured()?.outputTokens)[0]).toBeLessThanOrEqual(usage.completion_tokens);
  expect((await stage.records()).at(-1)).not.toHaveProperty(['sluice.cost_usd']);
  expect((await stage.records()).at(-1)).not.toHaveProperty(['sluice.prices']);
  expect(await metric('calls_unpriced_total', ',reason="price"')).toBe(1);

  for (const prices of [
    { input: '2', cachedInput: '0.5', output: '10' },
    { input: '2', output: '30' },
  ]) {
    price(prices);
    const cached = usage.prompt_tokens_details!.cached_tokens!;
    const cost =
      (usage.prompt_tokens - cached) * Number(prices.input) +
      cached * Number(prices.cachedInput ?? prices.input) +
      usage.completion_tokens * Number(prices.output);
    await eventually('the new price', async () => {
      await askStream(stage, 'u');
      return (await stage.records()).at(-1)?.['sluice.cost_usd'] === Number((cost / 1e6).toFixed(12));
    });
    expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.prices': 'ModelProvider' });
    expect(values(measured()?.cost).some((low) => low <= cost && cost < low * 2 ** (1 / 8))).toBe(true);
  }
  const costs = (await stage.records()).map((record) => Number(record['sluice.cost_usd'] ?? 0));
  expect(await metric('cost_usd_total')).toBeCloseTo(
    costs.reduce((sum, one) => sum + one),
    9,
  );
});

test('usage that is not told is neither tokens nor cost', async () => {
  price({ input: '1', output: '1' });
  await served('UNTOLD');
  await ask(stage, 'u');
  await askStream(stage, 'u');
  expect(stage.outcomes(stage.status().stableRevision!)).toEqual({ success: 2 });
  expect(measured()).not.toHaveProperty('outputTokens');
  expect(measured()).not.toHaveProperty('cost');
  expect(await metric('calls_unpriced_total', ',reason="usage"')).toBe(2);
  expect(await metric('cost_usd_total')).toBeUndefined();
});

test.each([
  ['GOOD-TOOL', { checked: 2, failed: 0 }],
  ['BAD-TOOL', { checked: 2, failed: 2 }],
  ['NO-SUCH-TOOL', { checked: 2, failed: 2 }],
  ['OWN-TOOL', { checked: 2, failed: 0 }],
  ['BROKEN-TOOL', { checked: 2, failed: 2 }],
  ['text', undefined],
])('calls of tools, in one piece and streamed: %s', async (content, expected) => {
  await served(content, { prompt: { tools: [lookUp] } });
  await ask(stage, 'u', { tools: [callers] });
  await askStream(stage, 'u', { tools: [callers] });
  expect(stage.outcomes(stage.status().stableRevision!)).toEqual({ success: 2 });
  expect(measured()?.tools).toEqual(expected);
});

test('of a call that stable rescued, only how long the candidate took to time out', async () => {
  stage.putRoute([{ timeouts: { firstToken: '200ms', total: '400ms' } }], {
    rollout: { strategy: 'Immediate' },
  });
  await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  price({ input: '1', output: '1' });
  for (const [content, times] of [
    ['FAIL', {}],
    ['HANG', { latency: [expect.any(Number), expect.any(Number)], firstToken: [expect.any(Number)] }],
  ] as const) {
    stage.putRelease(content, { rollout: held(99) });
    const status = await stage.until((each) => each.step?.weight === 99);
    await ask(stage, 'user-1');
    await askStream(stage, 'user-1');
    const [cell] = stage.cells(status.candidateRevision!);
    const { outcomes, schemaChecked, attempt, weight, revision, ...rest } = cell!;
    const seen = Object.fromEntries(
      Object.entries(rest).map(([name, buckets]) => [name, values(buckets as Buckets)]),
    );
    expect(seen).toEqual(times);
    // A stream times out for want of its first token, before the whole would.
    if (content === 'HANG') expect(seen.firstToken![0]).toBeLessThan(seen.latency!.at(-1)!);
    stage.putRelease('You are A.');
    await stage.until((each) => each.candidateRevision === undefined);
  }
});

describe('a provider that is read slowly', () => {
  let provider: ScriptedProvider;
  let answer: (asked: Asked) => void;
  beforeEach(async () => {
    provider = await scriptedProvider((asked) => answer(asked));
    stage.putProvider('scripted', { baseURL: provider.baseURL });
    stage.putRoute([{ providerRef: { name: 'scripted' } }], { rollout: { strategy: 'Immediate' } });
    await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  });
  afterEach(() => provider.stop());

  test('is not charged with the time that its caller took', async () => {
    const text = chunk('x'.repeat(100_000));
    answer = ({ response }) => {
      begin(response, ...Array.from({ length: 240 }, () => text), chunk('', 'stop'), 'data: [DONE]\n\n');
      response.end();
    };
    const { body } = await request(`${stage.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'triage', stream: true, messages: [] }),
    });
    const asleep = 4_000;
    await new Promise((resolve) => setTimeout(resolve, asleep));
    expect(measured()).toBeUndefined();
    await body.dump({ limit: 1e9 });
    await eventually('the charge', () => measured() !== undefined);
    expect(measured()?.outcomes).toEqual({ success: 1 });
    expect(values(measured()?.latency)[0]).toBeLessThan(asleep / 2);
    // The record says what the caller saw.
    expect((await stage.records()).at(-1)?.['sluice.latency_ms']).toBeGreaterThan(asleep * 0.9);
  });
});
