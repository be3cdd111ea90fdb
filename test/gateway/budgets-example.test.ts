import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { applyPage, blocksOf, LONG_ANSWER, readPage } from './page.ts';
import { type ScriptedProvider, scriptedProvider } from './provider.ts';
import { type Stage, startStage } from './stage.ts';

/** Runs what docs/budgets.md says of its own example. */
let stage: Stage;
let provider: ScriptedProvider;
let page: string;
beforeAll(async () => {
  page = await readPage('budgets.md');
  provider = await scriptedProvider(({ response }) => response.end(LONG_ANSWER));
  stage = await startStage([{ match: {}, answer: 'Hi' }], undefined, {
    now: () => new Date('2026-11-24T18:00:00Z'),
  });
});
afterAll(async () => {
  await stage?.stop();
  await provider?.stop();
});

async function call(over: object = {}) {
  const answer = await request(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'support/fast', messages: [{ role: 'user', content: 'Hello' }], ...over }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: (await answer.body.text()).trim() };
}

test('the example of the page does what the page says', async () => {
  const [usedUp, tooDear] = blocksOf(page, 'json');
  applyPage(stage, 'budgets.md', page, provider.baseURL);
  await eventually('the route of the page serves', async () => {
    const metrics = (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
    const serving = stage.status('ModelRoute', 'fast').phase === 'Healthy';
    const { text } = await call({ max_tokens: 20_000 });
    return serving && (await metrics).includes('budget_daily_usd') && text === tooDear;
  });
  expect(provider.asked).toHaveLength(0);

  const statuses = [await call(), await call(), await call()].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200]);
  expect((await stage.records()).map((record) => record['sluice.cost_usd']).slice(-3)).toEqual([
    0.021, 0.021, 0.021,
  ]);
  expect(await call()).toMatchObject({ status: 429, text: usedUp, headers: { 'retry-after': '21600' } });
  expect(provider.asked).toHaveLength(3);
});
