import { request } from 'undici';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { eventually } from '../eventually.ts';
import { held, type Stage, startStage } from './stage.ts';

/** A token of an answer costs a USD, and each answer is one token. */
const PRICE = { input: '0', output: '1000000' };
const TTL = 600_000;

const clock = { ms: 0 };
let chance: number;
let stage: Stage;

async function start(over: Partial<GatewayOptions> = {}, route: object = {}): Promise<void> {
  const rules = [
    { match: { text: 'REFUSE' }, refusals: 1, answer: 'Hi' },
    { match: { text: 'CUT' }, truncations: 1, answer: 'one two three four' },
    { match: { text: 'DOWN' }, errors: 1, answer: 'Hi' },
    { match: { text: 'BREAK' }, breaks: 1, answer: 'one two three four five six seven eight nine ten' },
    { match: {}, answer: 'Hi' },
  ] as Parameters<typeof startStage>[0];
  const given = { clock: () => clock.ms, random: () => chance, ...over };
  stage = await startStage(rules, undefined, given);
  stage.putProvider('sim', { models: [{ name: 'model-a', pricesPerMillion: PRICE }] });
  await cached(route);
}

/** Gives the route a cache, and resolves once calls are answered from it. */
async function cached(route: object = {}, cache: object | null = { ttl: '10m' }): Promise<void> {
  stage.putRoute([{}], { ...(cache && { cache }), ...route });
  await eventually('the gateway has the cache', async () => {
    const { headers } = await send({ content: `probe ${probes++}` });
    return 'x-sluice-cache' in headers === (cache !== null);
  });
}
let probes = 0;

beforeEach(() => {
  clock.ms = 0;
  chance = 0.99;
});
afterEach(() => stage?.stop());

interface Said {
  status: number;
  cache: unknown;
  age: unknown;
  headers: Record<string, unknown>;
  text: string;
}

async function send({
  content = 'hi',
  body = {},
  headers = {},
  path = '/v1/chat/completions',
}: {
  content?: string;
  body?: object;
  headers?: Record<string, string>;
  path?: string;
} = {}): Promise<Said> {
  const answer = await request(stage.gateway.url + path, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content }], ...body }),
  });
  const { 'x-sluice-cache': cache, age } = answer.headers;
  return { status: answer.statusCode, cache, age, headers: answer.headers, text: await answer.body.text() };
}

const asked = (): number => stage.seen.length;
const lastRecord = async () => (await stage.records()).at(-1)!;

async function metric(line: RegExp): Promise<number> {
  const text = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
  return Number(line.exec(text)?.[1] ?? Number.NaN);
}
const RELEASE = 'kind="PromptRelease",namespace="support",release="triage"';
const results = (result: string) =>
  metric(new RegExp(`^sluice_gateway_cache_total{${RELEASE},result="${result}"} (\\d+)$`, 'm'));

describe('an identical call', () => {
  test('is answered again without asking, until its time is over, and costs nothing', async () => {
    await start();
    const first = await send();
    expect(first).toMatchObject({ status: 200, cache: 'miss', age: undefined });
    const before = { asked: asked(), hits: await results('hit') };
    clock.ms += 1_999;
    const again = await send();
    expect(again).toMatchObject({ status: 200, cache: 'hit', age: '1', text: first.text });
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect(again.headers['x-sluice-revision']).toBe(first.headers['x-sluice-revision']);
    expect(again.headers['x-sluice-call']).not.toBe(first.headers['x-sluice-call']);
    expect(asked()).toBe(before.asked);
    expect(await results('hit')).toBe((before.hits || 0) + 1);

    clock.ms = TTL - 1;
    expect((await send()).cache).toBe('hit');
    clock.ms = TTL;
    expect((await send()).cache).toBe('miss');
    expect(asked()).toBe(before.asked + 1);
  });

  test('has a record that says so, without the tokens that were paid for before', async () => {
    await start();
    await send();
    const miss = await lastRecord();
    expect(miss).toMatchObject({ 'sluice.cost_usd': 1, 'gen_ai.usage.output_tokens': 1 });
    expect(miss).not.toHaveProperty('sluice.cache.hit');
    clock.ms += 2_000;
    await send();
    const hit = await lastRecord();
    expect(hit).toMatchObject({
      'sluice.cache.hit': true,
      'sluice.cache.age_s': 2,
      'sluice.cost_usd': 0,
      'sluice.outcome': 'success',
      'sluice.output.hash': miss['sluice.output.hash'],
      'gen_ai.response.id': miss['gen_ai.response.id'],
    });
    expect(hit['sluice.call']).not.toBe(miss['sluice.call']);
    for (const name of ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'])
      expect(hit).not.toHaveProperty([name]);
  });

  test('is counted as a call, by what it would have cost, and not in tokens and durations', async () => {
    await start();
    const stable = stage.status().stableRevision!;
    const revision = `${RELEASE},revision="${stable}"`;
    const read = async () => ({
      calls: await metric(
        new RegExp(`^sluice_gateway_calls_total{${revision},outcome="success"} (\\d+)$`, 'm'),
      ),
      tokens: await metric(
        new RegExp(`^sluice_gateway_tokens_total{${revision},direction="output"} (\\d+)$`, 'm'),
      ),
      durations: await metric(
        new RegExp(`^sluice_gateway_call_duration_seconds_count{${revision}} (\\d+)$`, 'm'),
      ),
      saved:
        (await metric(new RegExp(`^sluice_gateway_cache_saved_usd_total{${RELEASE}} (\\d+)$`, 'm'))) || 0,
    });
    await send();
    const before = await read();
    await send();
    await send();
    expect(await read()).toEqual({ ...before, calls: before.calls + 2, saved: before.saved + 2 });
    expect(await metric(/^sluice_gateway_cache_answers (\d+)$/m)).toBeGreaterThan(0);
    expect(await metric(/^sluice_gateway_cache_bytes (\d+)$/m)).toBeGreaterThan(0);
  });

  test('is streamed again as it was, with and without the usage chunk', async () => {
    await start();
    const usage = { stream_options: { include_usage: true } };
    for (const body of [{ stream: true }, { stream: true, ...usage }]) {
      const first = await send({ body });
      const count = asked();
      const again = await send({ body });
      expect([first.cache, again.cache, asked()]).toEqual(['miss', 'hit', count]);
      expect(again.text).toBe(first.text);
      expect(again.text).toContain('data: [DONE]');
      expect(again.text.includes('"usage":{')).toBe('stream_options' in body);
      expect(await lastRecord()).toMatchObject({ 'sluice.stream': true, 'sluice.cost_usd': 0 });
    }
  });

  test('is one that says the same: another message, user, parameter or variable is another call', async () => {
    await start();
    await send({ body: { user: 'a' } });
    for (const body of [
      { user: 'b' },
      { user: 'a', temperature: 1 },
      { user: 'a', metadata: { variables: { x: 1 } } },
    ])
      expect((await send({ body })).cache).toBe('miss');
    expect((await send({ content: 'ho', body: { user: 'a' } })).cache).toBe('miss');
    expect((await send({ body: { user: 'a' } })).cache).toBe('hit');
  });

  test('of another release on the same route is asked', async () => {
    await start();
    await send();
    expect((await send({ body: { model: 'support/fast' } })).cache).toBe('miss');
    expect((await send({ body: { model: 'support/fast' } })).cache).toBe('hit');
  });

  test('is asked where the route has no cache any more', async () => {
    await start();
    await send();
    await cached({}, null);
    const count = asked();
    const { cache, age } = await send();
    expect([cache, age, asked()]).toEqual([undefined, undefined, count + 1]);
  });
});

test('only answers with nothing wrong in them are given again', async () => {
  await start();
  for (const content of ['REFUSE', 'CUT', 'DOWN']) {
    await send({ content });
    expect((await send({ content })).cache).toBe('miss');
  }
  const broken = { content: 'BREAK', body: { stream: true } };
  await send(broken);
  expect((await send(broken)).cache).toBe('miss');
  for (const body of [{ store: true }, { tools: [{ type: 'web_search' }] }]) {
    await send({ body });
    expect((await send({ body })).cache).toBe('bypass');
  }
});

test('a backend that does not speak the endpoint is passed over by the cache as well', async () => {
  await start();
  stage.putProvider('claude', { dialect: 'Anthropic' });
  const backends = [{ providerRef: { name: 'claude' } }, { providerRef: { name: 'sim' } }];
  stage.putRoute(backends, { cache: { ttl: '10m' }, rollout: { strategy: 'Immediate' } });
  await stage.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  const call = { path: '/v1/responses', body: { messages: undefined, input: 'hi' } };
  const only = { ...call, headers: { 'cache-control': 'only-if-cached' } };
  expect(await send(only)).toMatchObject({ status: 504 });
  const before = asked();
  const first = await send(call);
  expect(first).toMatchObject({ status: 200, cache: 'miss' });
  expect(await send(call)).toMatchObject({ status: 200, cache: 'hit', text: first.text });
  expect(await send(only)).toMatchObject({ status: 200, cache: 'hit' });
  expect(asked()).toBe(before + 1);
});

describe('Cache-Control of a caller', () => {
  const control = (value: string, content = 'hi') => send({ content, headers: { 'cache-control': value } });

  test('no-cache asks anew, and what comes is stored', async () => {
    await start();
    await send();
    clock.ms += 5_000;
    expect((await control('no-cache')).cache).toBe('bypass');
    clock.ms += 1_000;
    expect(await send()).toMatchObject({ cache: 'hit', age: '1' });
  });

  test('no-store leaves no trace, and takes nothing', async () => {
    await start();
    await control('no-store');
    expect((await send()).cache).toBe('miss');
    expect((await control('no-store')).cache).toBe('bypass');
  });

  test('max-age is how old an answer may be', async () => {
    await start();
    await send();
    clock.ms += 5_000;
    expect((await control('max-age=6')).cache).toBe('hit');
    expect((await control('max-age=5')).cache).toBe('miss');
    expect((await control('max-age=soon')).cache).toBe('hit');
  });

  test('only-if-cached asks nobody', async () => {
    await start();
    const count = asked();
    const refused = await control('only-if-cached');
    expect(refused).toMatchObject({ status: 504, headers: { 'x-should-retry': 'false' } });
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'not_cached' } });
    expect(asked()).toBe(count);
    expect(await metric(/^sluice_gateway_refused_total{code="not_cached"} (\d+)$/m)).toBe(1);
    await send();
    expect(await control('only-if-cached')).toMatchObject({ status: 200, cache: 'hit' });
  });
});

describe('what a hit is to everything else', () => {
  test('it is no evidence, and what is said of it is not either', async () => {
    await start();
    const stable = stage.status().stableRevision!;
    await send();
    const before = stage.outcomes(stable);
    const hit = await send();
    await send();
    expect(stage.outcomes(stable)).toEqual(before);
    const given = await request(`${stage.gateway.url}/v1/feedback`, {
      method: 'POST',
      body: JSON.stringify({ call: hit.headers['x-sluice-call'], thumb: 'down' }),
    });
    expect(given.statusCode).toBe(204);
    expect(stage.cells(stable).some(({ thumbs }) => thumbs !== undefined)).toBe(false);
    expect(await metric(/^sluice_gateway_feedback_total{.*feedback="thumb_down"} (\d+)$/m)).toBe(1);
  });

  test('budgets are not touched by it, and their warnings stay', async () => {
    await start({ now: () => new Date('2026-11-24T12:00:00Z') });
    await send();
    const spent = () =>
      metric(
        /^sluice_gateway_budget_spent_usd{kind="ModelRoute",namespace="support",release="fast"} (\d+)$/m,
      );
    stage.putRoute([{}], { cache: { ttl: '10m' }, budgets: { dailyUSD: '1', onLimit: 'Warn' } });
    await eventually('the budget holds', async () => (await spent()) === 0);
    await send({ content: 'another' });
    const before = await spent();
    const hit = await send();
    expect(hit).toMatchObject({ cache: 'hit', headers: { 'x-sluice-budget': 'daily' } });
    expect(await spent()).toBe(before);
  });

  test('an outage does not reach it, and it says nothing of the backend', async () => {
    await start();
    const first = await send();
    for (let n = 0; n < 6; n++) await send({ content: 'DOWN' });
    const open = () => metric(/^sluice_gateway_breaker_open{.*} (\d)$/m);
    expect(await open()).toBe(1);
    expect(await send()).toMatchObject({ cache: 'hit', text: first.text });
    expect(await open()).toBe(1);
  });
});

describe('while a rollout is under way', () => {
  async function rollOut(): Promise<{
    stable: string;
    candidate: string;
    users: Record<'stable' | 'candidate', string>;
  }> {
    stage.putRelease('You are B.', { rollout: held(50) });
    const { stableRevision: stable, candidateRevision: candidate } = await stage.until(
      (status) => status.candidateRevision !== undefined && status.step?.weight === 50,
    );
    const users: Record<string, string> = {};
    for (let n = 0; Object.keys(users).length < 2; n++) {
      const { headers } = await send({ content: 'who', body: { user: `u${n}` } });
      users[headers['x-sluice-revision'] === stable ? 'stable' : 'candidate'] = `u${n}`;
    }
    return { stable: stable!, candidate: candidate!, users: users as Record<'stable' | 'candidate', string> };
  }
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, each) => all + each, 0);

  test('each revision has answers of its own', async () => {
    await start();
    const { users } = await rollOut();
    for (const user of Object.values(users)) {
      const first = await send({ body: { user } });
      const again = await send({ body: { user } });
      expect([first.cache, again.cache]).toEqual(['miss', 'hit']);
      expect(again.headers['x-sluice-revision']).toBe(first.headers['x-sluice-revision']);
    }
  });

  test('a call that stable has an answer for is no evidence of the candidate either', async () => {
    await start();
    const sticky = { stickyBy: { header: 'x-user' } };
    stage.putRelease('You are A.', { rollout: { ...held(50), ...sticky } });
    await stage.until(({ phase }) => phase === 'Healthy');
    stage.putRelease('You are B.', { rollout: { ...held(50), ...sticky } });
    const { stableRevision, candidateRevision } = await stage.until(
      (status) => status.candidateRevision !== undefined && status.step?.weight === 50,
    );
    const of: Record<string, string> = {};
    for (let n = 0; Object.keys(of).length < 2; n++) {
      const { headers } = await send({ content: `who ${n}`, headers: { 'x-user': `u${n}` } });
      of[String(headers['x-sluice-revision'])] = `u${n}`;
    }
    const as = (revision: string | undefined, content: string, control = '') =>
      send({ content, headers: { 'x-user': of[revision!]!, ...(control && { 'cache-control': control }) } });
    const counts = () => [stableRevision, candidateRevision].map((each) => sum(stage.outcomes(each!)));

    const [stable, candidate] = counts();
    expect((await as(stableRevision, 'x')).cache).toBe('miss');
    expect((await as(candidateRevision, 'x')).cache).toBe('miss');
    expect((await as(candidateRevision, 'x', 'no-cache')).cache).toBe('bypass');
    expect(counts()).toEqual([stable! + 1, candidate]);
    expect((await as(candidateRevision, 'y')).cache).toBe('miss');
    expect((await as(stableRevision, 'y')).cache).toBe('miss');
    expect(counts()).toEqual([stable! + 1, candidate! + 1]);

    // One in ten is asked anew, whichever revision it is drawn to, and those are evidence.
    chance = 0;
    expect((await as(stableRevision, 'x')).cache).toBe('bypass');
    expect((await as(candidateRevision, 'x')).cache).toBe('bypass');
    expect(counts()).toEqual([stable! + 2, candidate! + 2]);
  });
});
