import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { applyPage, blocksOf, LONG_ANSWER, readPage } from './page.ts';
import { type ScriptedProvider, scriptedProvider } from './provider.ts';
import { type Stage, startStage } from './stage.ts';

/** Runs what docs/cache.md says of its own example. */
let stage: Stage;
let provider: ScriptedProvider;
let page: string;
const clock = { ms: 0 };
beforeAll(async () => {
  page = await readPage('cache.md');
  provider = await scriptedProvider(({ response }) => response.end(LONG_ANSWER));
  stage = await startStage([{ match: {}, answer: 'Hi' }], undefined, { clock: () => clock.ms });
});
afterAll(async () => {
  await stage?.stop();
  await provider?.stop();
});

/** What the cache says of an answer, as the page writes it. */
async function call(content: string, control?: string) {
  const answer = await request(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    ...(control !== undefined && { headers: { 'cache-control': control } }),
    body: JSON.stringify({ model: 'support/fast', messages: [{ role: 'user', content }] }),
  });
  const { 'x-sluice-cache': cache, age } = answer.headers;
  const said = `x-sluice-cache: ${String(cache)}${age === undefined ? '' : `\nage: ${String(age)}`}`;
  return { status: answer.statusCode, said, text: await answer.body.text() };
}

test('the example of the page does what the page says', async () => {
  const [miss, hit] = blocksOf(page, 'http');
  applyPage(stage, 'cache.md', page, provider.baseURL);
  await eventually('the route of the page serves', async () => {
    const { text } = await call('are you there?', 'no-store');
    return stage.status('ModelRoute', 'fast').phase === 'Healthy' && text === LONG_ANSWER;
  });
  const { conditions } = stage.status('ModelRoute', 'fast');
  expect(conditions?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling', 'Stalled', 'Available']);

  const { length } = provider.asked;
  expect(await call('Hello')).toEqual({ status: 200, said: miss, text: LONG_ANSWER });
  clock.ms += 90_000;
  expect(await call('Hello')).toEqual({ status: 200, said: hit, text: LONG_ANSWER });
  expect(provider.asked).toHaveLength(length + 1);
  expect((await stage.records()).map((record) => record['sluice.cost_usd']).slice(-2)).toEqual([0.021, 0]);
  clock.ms = 600_000;
  expect(await call('Hello')).toMatchObject({ said: miss });
});

test('what the page says of Cache-Control is so', async () => {
  await call('Then?');
  clock.ms += 60_000;
  const rows = [...page.matchAll(/^\| `((?:no-|max-|only-)[^`]*)` \|/gm)].map(([, directive]) => directive!);
  expect(rows).toEqual(['no-cache', 'no-store', 'max-age=60', 'only-if-cached']);
  const [anew, nothing, young, only] = rows;
  expect((await call('Then?', young)).said).toBe('x-sluice-cache: miss');
  expect((await call('Then?', only)).said).toBe('x-sluice-cache: hit\nage: 0');
  for (const each of [anew, nothing]) expect((await call('Then?', each)).said).toBe('x-sluice-cache: bypass');
  expect((await call('Never asked', only)).status).toBe(504);
});
