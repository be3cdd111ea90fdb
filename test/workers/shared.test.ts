import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { call, startWorkers, type WorkersStage } from './stage.ts';

let stage: WorkersStage;
afterEach(async () => {
  await stage?.stop();
  stage = undefined as never;
});

const SPENT = 'sluice_gateway_budget_spent_usd{kind="ModelRoute",namespace="support",release="fast"}';
const spent = (usd: number) =>
  eventually(`${usd} USD are known to have been spent`, async () => (await stage.metric(SPENT)) === usd);
/** Over a connection each, so that the workers take turns. */
const statuses = async (calls: number) => {
  const seen: number[] = [];
  for (let n = 0; n < calls; n++) seen.push((await call(stage)).status);
  return seen;
};

test('workers spend one budget, also while one of them dies and comes back', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  await stage.serve({
    // A call under way counts as one token, too.
    release: { parameters: { max_completion_tokens: 1 } },
    route: { budgets: { dailyUSD: '6' } },
    // Each answer is one token, and costs a USD.
    provider: { models: [{ name: 'model-a', pricesPerMillion: { input: '0', output: '1000000' } }] },
  });
  expect(await statuses(4)).toEqual([200, 200, 200, 200]);
  await spent(4);
  const killed = stage.pids().get(1)!;
  process.kill(killed, 'SIGKILL');
  await eventually('another worker serves', () => stage.pids().get(1) !== killed);
  await spent(4);
  const seen: number[] = [];
  await eventually('both refuse', async () => {
    seen.push(...(await statuses(2)));
    return seen.slice(-2).every((status) => status === 429);
  });
  // Two were left, and each may let as many through before it hears of the other's. Alone the new one would have had six.
  const passed = seen.filter((status) => status === 200).length;
  expect(passed).toBeGreaterThanOrEqual(2);
  expect(passed).toBeLessThanOrEqual(4);
  await spent(4 + passed);
  expect(await statuses(4)).toEqual([429, 429, 429, 429]);
  expect(await stage.metric('sluice_gateway_budget_store_up')).toBe(1);
});

test('calls are signed with one key, and feedback counts once, whichever worker it comes to', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }], { workers: 3 });
  await stage.serve();
  const { token } = await call(stage);
  const give = async () => {
    const { statusCode, body } = await request(`${stage.url}/v1/feedback`, {
      method: 'POST',
      reset: true,
      body: JSON.stringify({ call: token, thumb: 'down' }),
    });
    await body.dump();
    return statusCode;
  };
  const first = await give();
  const rest: number[] = [];
  for (let n = 0; n < 6; n++) rest.push(await give());
  expect([first, ...rest]).toEqual([204, 409, 409, 409, 409, 409, 409]);
  const thumbs = (await stage.evidence()).flatMap(({ releases }) =>
    releases.flatMap(({ cells }) => cells.flatMap((cell) => cell.thumbs ?? [])),
  );
  // Of the prompt, and of the route.
  expect(thumbs).toEqual([
    { given: 1, down: 1 },
    { given: 1, down: 1 },
  ]);
});

test('no key and no order is in the arguments or the environment of a worker', async () => {
  stage = await startWorkers([{ match: {}, answer: 'Hello' }]);
  const own = (await readFile(`/proc/${stage.primary.pid}/cmdline`, 'utf8')).split('\0').slice(1);
  for (const pid of stage.pids().values()) {
    const [args, env] = await Promise.all(
      ['cmdline', 'environ'].map(async (file) =>
        (await readFile(`/proc/${pid}/${file}`, 'utf8')).split('\0').filter(Boolean),
      ),
    );
    expect(args!.slice(1)).toEqual(own.filter(Boolean));
    const names = env!.map((each) => each.split('=', 1)[0]!);
    const added = names.filter((name) => process.env[name] === undefined && name !== 'NODE_OPTIONS');
    expect(added.sort()).toEqual(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID']);
  }
});
