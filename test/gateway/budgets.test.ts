import { request } from 'undici';
import type { Budgets } from '../../src/api/budgets.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { eventually } from '../eventually.ts';
import { held, KEY, type Stage, startStage } from './stage.ts';

/** A token of an answer costs a USD, and each answer is one token. */
const PRICE = { input: '0', output: '1000000' };
const SLOW = { match: { text: 'slow' }, answer: 'Hi', latency: { p50: 600_000, p95: 600_000 } };
/** Late enough for nobody's day to end in a test. */
const NOON = new Date('2026-11-24T12:00:00Z');

let stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages) await stage.stop();
  stages = [];
});

async function start(over: Partial<GatewayOptions> = {}, price: object | null = PRICE): Promise<Stage> {
  const rules = [SLOW, { match: {}, answer: 'Hi' }] as Parameters<typeof startStage>[0];
  const stage = await startStage(rules, undefined, { now: () => NOON, ...over });
  stages.push(stage);
  stage.putProvider('sim', { models: [{ name: 'model-a', ...(price && { pricesPerMillion: price }) }] });
  return stage;
}

const routeBudgets = (stage: Stage, budgets: Budgets, over: object = {}) =>
  stage.putRoute([{}], { budgets, ...over });

interface Said {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

async function send(
  stage: Stage,
  { body = {}, headers = {}, path = '/v1/chat/completions', content = 'hi' } = {},
): Promise<Said> {
  const answer = await request(stage.gateway.url + path, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content }], ...body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** Resolves once the gateway's table has what `budgets` of the route or the release say: a gauge shows the limit. */
const inForce = (stage: Stage, line: string) =>
  eventually(
    () => `${line} in the metrics`,
    async () => (await metrics(stage)).includes(line),
  );

/** The gateway's own series. */
async function metrics(stage: Stage): Promise<string> {
  const text = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
  return `${text
    .split('\n')
    .filter((line) => line.startsWith('sluice_gateway_'))
    .join('\n')}\n`;
}

const ROUTE = 'kind="ModelRoute",namespace="support",release="fast"';
const daily = (usd: number) => `sluice_gateway_budget_daily_usd{${ROUTE}} ${usd}\n`;

describe('a daily budget', () => {
  test('is for so much; then calls are refused until the day ends, asked of nobody and charged to nobody', async () => {
    let now = NOON;
    const stage = await start({ now: () => now });
    routeBudgets(stage, { dailyUSD: '2' });
    await inForce(stage, daily(2));
    expect((await send(stage)).status).toBe(200);
    expect((await send(stage)).status).toBe(200);
    const [asked, recorded] = [stage.seen.length, (await stage.records()).length];
    const revision = stage.status().stableRevision!;
    const outcomes = stage.outcomes(revision);
    const refused = await send(stage);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'retry-after': '43200', 'x-should-retry': 'false' },
    });
    expect(JSON.parse(refused.text)).toEqual({
      error: {
        message: 'the daily budget is used up (the route fast)',
        type: 'insufficient_quota',
        param: null,
        code: 'budget_exceeded',
      },
    });
    expect(stage.seen).toHaveLength(asked);
    expect(await stage.records()).toHaveLength(recorded);
    expect(stage.outcomes(revision)).toEqual(outcomes);
    const said = await metrics(stage);
    expect(said).toContain('sluice_gateway_refused_total{code="budget_exceeded"} 1');
    expect(said).toContain(`sluice_gateway_budget_limited_total{${ROUTE},limit="daily",action="refuse"} 1`);
    expect(said).toContain(`sluice_gateway_budget_spent_usd{${ROUTE}} 2`);

    now = new Date('2026-11-25T00:00:00Z');
    expect((await send(stage)).status).toBe(200);
    expect(await metrics(stage)).toContain(`sluice_gateway_budget_spent_usd{${ROUTE}} 1`);
  });

  test('is refused to a message in the form of messages', async () => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '0' });
    await inForce(stage, daily(0));
    const refused = await send(stage, { path: '/v1/messages', body: { max_tokens: 9 } });
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.text)).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
  });

  test('of a release is its own, beside that of its route', async () => {
    const stage = await start();
    stage.putRelease('You are A.', { spec: { budgets: { dailyUSD: '1' } } });
    await inForce(
      stage,
      'sluice_gateway_budget_daily_usd{kind="PromptRelease",namespace="support",release="triage"} 1\n',
    );
    expect((await send(stage)).status).toBe(200);
    expect((await send(stage)).text).toContain('the release triage');
    expect((await send(stage, { body: { model: 'fast' } })).status).toBe(200);
  });

  test.each([
    ['as it is', {}],
    ['redacted first', { privacy: { redact: ['EMAIL'] } }],
  ])('is not overrun by calls at a time, each %s: room is kept for those under way', async (_how, over) => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '5' }, over);
    await inForce(stage, daily(5));
    const all = await Promise.all(Array.from({ length: 20 }, () => send(stage, { body: { max_tokens: 1 } })));
    expect(all.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(5);
    expect(await metrics(stage)).toContain(`sluice_gateway_budget_spent_usd{${ROUTE}} 5`);
  });

  test('with onLimit Warn lets calls pass, and says so', async () => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '1', onLimit: 'Warn' });
    await inForce(stage, daily(1));
    expect((await send(stage)).headers).not.toHaveProperty('x-sluice-budget');
    expect(await send(stage)).toMatchObject({ status: 200, headers: { 'x-sluice-budget': 'daily' } });
  });

  test('with onLimit Degrade gives the degraded answer, streamed too, or refuses where there is none', async () => {
    const stage = await start();
    const budgets = { dailyUSD: '0', onLimit: 'Degrade' } as const;
    routeBudgets(stage, budgets, { onExhausted: { degraded: { content: 'Later.' } } });
    await inForce(stage, daily(0));
    const revision = stage.status().stableRevision!;
    const plain = await send(stage);
    expect(plain.status).toBe(200);
    expect(JSON.parse(plain.text)).toMatchObject({ choices: [{ message: { content: 'Later.' } }] });
    const streamed = await send(stage, { body: { stream: true } });
    expect(streamed.text).toContain('Later.');
    expect(streamed.text).toContain('[DONE]');
    expect(stage.seen).toHaveLength(0);
    expect(stage.outcomes(revision)).toEqual({});
    expect((await stage.records()).at(-1)).toMatchObject({
      'sluice.degraded': true,
      'sluice.outcome': 'rate_limited',
    });
    routeBudgets(stage, budgets);
    await eventually('without an answer it refuses', async () => (await send(stage)).status === 429);
  });

  test('knows what it does not know: calls without a price are counted as such', async () => {
    const stage = await start({}, null);
    routeBudgets(stage, { dailyUSD: '1' });
    await inForce(stage, daily(1));
    expect((await send(stage)).status).toBe(200);
    const said = await metrics(stage);
    expect(said).toContain(`sluice_gateway_budget_unpriced_total{${ROUTE}} 1`);
    expect(said).toContain(`sluice_gateway_budget_spent_usd{${ROUTE}} 0`);
  });

  test('counts what copies in shadow cost, and sends none once it is used up', async () => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '1000000' });
    await inForce(stage, daily(1_000_000));
    stage.putRelease('You are B.', { rollout: held(100, { strategy: 'Shadow' }) });
    await eventually(
      () => `a copy is sent: ${JSON.stringify(stage.status())}`,
      async () => {
        expect((await send(stage)).status).toBe(200);
        return (await metrics(stage)).includes('sluice_gateway_shadow_copies_total{');
      },
    );
    const cost = await eventually('calls and copies are counted', async () => {
      const records = (await stage.records()).length;
      return (await metrics(stage)).includes(`budget_spent_usd{${ROUTE}} ${records}\n`) && records;
    });
    routeBudgets(stage, { dailyUSD: String(cost + 1) });
    await inForce(stage, daily(cost + 1));
    expect((await send(stage)).status).toBe(200);
    await eventually('its copy is not sent', async () =>
      (await metrics(stage)).includes('sluice_gateway_shadow_skipped_total{'),
    );
    expect((await send(stage)).status).toBe(429);
    expect(await metrics(stage)).toContain(`budget_spent_usd{${ROUTE}} ${cost + 1}\n`);
  });
});

describe('a budget of one call', () => {
  const limited = `sluice_gateway_budget_limited_total{${ROUTE},limit="call",action="refuse"}`;

  test('refuses one that may cost more, before anybody is asked; one without a limit of its own is counted after', async () => {
    const stage = await start();
    routeBudgets(stage, { perCallUSD: '0.5', dailyUSD: '100' });
    await inForce(stage, daily(100));
    const refused = await send(stage, { body: { max_tokens: 2 } });
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('cost more than one may');
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect(stage.seen).toHaveLength(0);
    expect(await metrics(stage)).toContain(`${limited} 1`);
    expect((await send(stage)).status).toBe(200);
    expect(await metrics(stage)).toContain(`sluice_gateway_budget_overrun_total{${ROUTE}} 1`);
  });

  test('passes over a backend that is too dear where another is not', async () => {
    const stage = await start();
    stage.store.secrets.set('support/cheap/key', KEY);
    stage.store.put({
      kind: 'ModelProvider',
      metadata: { name: 'cheap', namespace: 'support' },
      spec: {
        dialect: 'OpenAI',
        baseURL: stage.simulator.baseURL,
        auth: { secretRef: { name: 'cheap', key: 'key' } },
        models: [{ name: 'model-b', pricesPerMillion: { input: '0', output: '1' } }],
      },
    });
    const backends = [{}, { model: 'model-b', providerRef: { name: 'cheap' } }];
    stage.putRoute(backends, {
      budgets: { perCallUSD: '0.5', dailyUSD: '100' },
      rollout: { strategy: 'Immediate' },
    });
    await inForce(stage, daily(100));
    await eventually('the second is asked', async () => {
      const { status } = await send(stage, { body: { max_tokens: 5 } });
      return status === 200 && stage.seen.at(-1)?.body.model === 'model-b';
    });
    expect(stage.outcomes(stage.status().stableRevision!)).not.toHaveProperty('rate_limited');
    expect((await stage.records()).at(-1)).toMatchObject({ 'sluice.backend': 'b1', 'sluice.fallback': true });
  });
});

describe('budgets of time', () => {
  const backends = [{}, { name: 'second' }];

  test('hold over all tries; who does not answer in time is charged with a time-out', async () => {
    const stage = await start();
    stage.putRoute(backends, { budgets: { total: '300ms', firstToken: '200ms', dailyUSD: '100' } });
    await inForce(stage, daily(100));
    const asked = stage.seen.length;
    for (const stream of [false, true]) {
      const late = await send(stage, { content: 'slow', body: { stream } });
      expect(late.status).toBe(504);
      expect(late.text).toContain('provider_timeout');
    }
    // No time was left for the second backend.
    expect(stage.seen.length - asked).toBe(2);
    expect(stage.outcomes(stage.status().stableRevision!)).toEqual({ timeout: 2 });
  });

  test('are answered degraded where the route has such an answer', async () => {
    const stage = await start();
    stage.putRoute(backends, {
      budgets: { total: '100ms', dailyUSD: '100' },
      onExhausted: { degraded: { content: 'Later.' } },
    });
    await inForce(stage, daily(100));
    const late = await send(stage, { content: 'slow' });
    expect(late.status).toBe(200);
    expect(late.text).toContain('Later.');
  });
});

describe('a chain of calls', () => {
  const chain = (id: string) => ({ headers: { 'x-sluice-chain': id } });

  test('adds up over releases and routes, each chain by itself', async () => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '100', chain: { costUSD: '2' } });
    await inForce(stage, daily(100));
    expect((await send(stage, chain('a'))).status).toBe(200);
    expect((await send(stage, { ...chain('a'), body: { model: 'fast' } })).status).toBe(200);
    const refused = await send(stage, chain('a'));
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('the budget of the chain');
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect((await send(stage, chain('b'))).status).toBe(200);
    expect((await send(stage)).status).toBe(200);
  });

  test('is of one caller: another cannot spend it', async () => {
    const caller = (name: string) => ({ name, namespaces: 'all' as const });
    const callers = {
      identify: async (headers: { authorization?: string }) => caller(headers.authorization ?? ''),
      stop() {},
    };
    const stage = await start({ callers });
    routeBudgets(stage, { dailyUSD: '100', chain: { costUSD: '1' } });
    await inForce(stage, daily(100));
    const as = (authorization: string) => ({ headers: { authorization, 'x-sluice-chain': 'a' } });
    expect((await send(stage, as('one'))).status).toBe(200);
    expect((await send(stage, as('one'))).status).toBe(429);
    expect((await send(stage, as('two'))).status).toBe(200);
  });

  test('may take so long altogether: what is left of it limits the next call', async () => {
    const stage = await start();
    routeBudgets(stage, { dailyUSD: '100', chain: { total: '300ms' } });
    await inForce(stage, daily(100));
    expect((await send(stage, { ...chain('a'), content: 'slow' })).status).toBe(504);
    expect((await send(stage, chain('a'))).status).toBe(429);
    expect((await send(stage, chain('b'))).status).toBe(200);
  });

  test.each(['two words', 'x'.repeat(129), ''])('is named by one short word: %j is refused', async (id) => {
    const stage = await start();
    expect((await send(stage, chain(id))).status).toBe(400);
  });
});

test('nobody calls for nothing by going before the answer has come', async () => {
  const stage = await start({}, { input: '1000000', output: '1000000' });
  routeBudgets(stage, { dailyUSD: '1' });
  await inForce(stage, daily(1));
  const gone = new AbortController();
  const call = request(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content: 'slow' }] }),
    signal: gone.signal,
  }).catch(() => {});
  await eventually('the provider is asked', () => stage.seen.length > 0);
  gone.abort();
  await call;
  await eventually('it is counted', async () => (await stage.records()).length === 1);
  expect((await send(stage)).status).toBe(429);
});
