import { PassThrough } from 'node:stream';
import { request } from 'undici';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { Log } from '../../src/lib/log.ts';
import { redisCounts } from '../../src/store/redis/counts.ts';
import { eventually } from '../eventually.ts';
import { startRedis, type TestRedis } from '../redis/server.ts';
import { FEEDBACK_KEY, type Stage, startStage } from './stage.ts';

const PASSWORD = 'planted-password-of-the-store';
const NOON = new Date('2026-11-24T12:00:00Z');
const ROUTE = 'kind="ModelRoute",namespace="support",release="fast"';

let server: TestRedis;
let stage: Stage;
let other: Gateway;
let said: string[];
beforeEach(async () => {
  server = await startRedis(PASSWORD);
  said = [];
  const say = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const store = () => redisCounts({ url: server.url, password: async () => PASSWORD });
  const shared = { log, now: () => NOON };
  stage = await startStage([{ match: {}, answer: 'Hi' }], undefined, {
    ...shared,
    budgetStore: await store(),
  });
  const local = { host: '127.0.0.1', port: 0 };
  other = await startGateway({
    ...shared,
    source: stage.store,
    listen: local,
    admin: local,
    replica: 'other',
    recordTo: new PassThrough().resume(),
    feedbackKey: FEEDBACK_KEY,
    budgetStore: await store(),
  });
  stage.putProvider('sim', {
    // Each answer is one token, and costs a USD.
    models: [{ name: 'model-a', pricesPerMillion: { input: '0', output: '1000000' } }],
  });
}, 60_000);
afterEach(async () => {
  await other?.stop(500);
  await stage?.stop();
  await server?.stop();
});

async function budgets(spec: { dailyUSD: string; chain?: { costUSD: string } }): Promise<void> {
  stage.putRoute([{}], { budgets: spec });
  const line = `sluice_gateway_budget_daily_usd{${ROUTE}} ${spec.dailyUSD}\n`;
  await eventually('both know the budget', async () =>
    (await Promise.all(gateways().map(metrics))).every((text) => text.includes(line)),
  );
}

const gateways = () => [stage.gateway, other];

async function call({ url }: Gateway, headers: Record<string, string> = {}): Promise<number> {
  const answer = await request(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'support/triage', messages: [{ role: 'user', content: 'hi' }] }),
  });
  await answer.body.dump();
  return answer.statusCode;
}

async function metrics({ adminUrl }: Gateway): Promise<string> {
  return (await request(`${adminUrl}/metrics`)).body.text();
}

/** What a gateway takes for spent today, in USD. */
async function spent(gateway: Gateway): Promise<number> {
  const [, usd] =
    /^sluice_gateway_budget_spent_usd\{kind="ModelRoute".*\} (.+)$/m.exec(await metrics(gateway)) ?? [];
  return Number(usd);
}

const bothKnow = (usd: number) =>
  eventually(`both know of ${usd} USD`, async () =>
    (await Promise.all(gateways().map(spent))).every((each) => each === usd),
  );
const up = (value: 0 | 1) =>
  eventually(`both say ${value} of the store`, async () =>
    (await Promise.all(gateways().map(metrics))).every((text) =>
      text.includes(`sluice_gateway_budget_store_up ${value}\n`),
    ),
  );

test('two gateways spend one budget', async () => {
  await budgets({ dailyUSD: '4' });
  for (const gateway of gateways()) expect(await call(gateway)).toBe(200);
  await bothKnow(2);
  for (const gateway of gateways()) expect(await call(gateway)).toBe(200);
  await bothKnow(4);
  for (const gateway of gateways()) expect(await call(gateway)).toBe(429);
}, 60_000);

test('a store that goes loses no call and no count, and all is shared once it is back', async () => {
  await budgets({ dailyUSD: '8' });
  expect(await call(stage.gateway)).toBe(200);
  await bothKnow(1);
  await server.kill();
  // Each goes on with what it knew, and with what it spends itself.
  for (const gateway of gateways()) for (let n = 0; n < 3; n++) expect(await call(gateway)).toBe(200);
  expect(await Promise.all(gateways().map(spent))).toEqual([4, 4]);
  await up(0);
  expect(said.filter((each) => each.startsWith('the budget store does not answer'))).toHaveLength(2);

  // It comes back with nothing: each writes what it has spent.
  await server.start();
  await up(1);
  await bothKnow(7);
  expect(await call(other)).toBe(200);
  await bothKnow(8);
  for (const gateway of gateways()) expect(await call(gateway)).toBe(429);
  expect(said.join('\n')).not.toContain(PASSWORD);
}, 60_000);

test('a chain that goes on at another gateway goes on with its count', async () => {
  await budgets({ dailyUSD: '100', chain: { costUSD: '5' } });
  const chain = { 'x-sluice-chain': 'run-7' };
  for (let n = 0; n < 5; n++) expect(await call(stage.gateway, chain)).toBe(200);
  // The first has told the store of the chain, too, by the time that both know what was spent.
  await bothKnow(5);
  let passed = 0;
  await eventually('the other refuses it', async () => {
    const status = await call(other, chain);
    if (status === 200) passed++;
    return status === 429;
  });
  // By itself it would have let five pass; a store that takes more than a few ms costs one or two.
  expect(passed).toBeLessThan(5);
  expect(await call(other, { 'x-sluice-chain': 'run-8' })).toBe(200);
}, 60_000);
