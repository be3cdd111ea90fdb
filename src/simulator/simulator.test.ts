import type OpenAI from 'openai';
import { manualTimers, settle } from '../lib/manual-timers.ts';
import { BODY_LIMIT } from './body.ts';
import type { RuleInput } from './rule.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

/** An answer or an error, as the test expects it. */
const jsonOf = async (response: Response) =>
  (await response.json()) as OpenAI.ChatCompletion & { error: Record<string, unknown> };

const open: Simulator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close(0)));
});

async function start(rules: RuleInput[], options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator({ rules, seed: 1, ...options });
  open.push(simulator);
  const post = (body: unknown, path = '/v1/chat/completions') =>
    fetch(simulator.url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const ask = (content: unknown, fields: object = {}) =>
    post({ model: 'gpt-5-mini', messages: [{ role: 'user', content }], ...fields });
  const say = async (content: unknown, fields?: object): Promise<string> =>
    (await jsonOf(await ask(content, fields))).choices[0]!.message.content!;
  return { simulator, post, ask, say };
}

/** Turns the clock on until `done` settles, and gives the ms that it took. */
async function elapsed(timers: ReturnType<typeof manualTimers>, done: Promise<unknown>): Promise<number> {
  const from = timers.now();
  let over = false;
  done.finally(() => {
    over = true;
  });
  while (!over) {
    await settle();
    if (timers.pending() > 0) await timers.advance(1);
  }
  return timers.now() - from;
}

test('the first rule whose model and text fit answers', async () => {
  const { say } = await start([
    { match: { model: 'gpt-5*', text: 'v2' }, answer: 'both' },
    { match: { text: 'v2' }, answer: 'text' },
    { match: { model: 'a*b*c' }, answer: 'stars' },
    { match: { model: 'gpt-5-mini' }, answer: 'model' },
    { answer: 'rest' },
  ]);
  expect(await say('this is v2')).toBe('both');
  expect(
    await say([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'part v2' },
    ]),
  ).toBe('both');
  expect(await say('this is v2', { model: 'o3' })).toBe('text');
  expect(await say('this is v1')).toBe('model');
  expect(await say('x', { model: 'gpt-5-mini-2' })).toBe('rest');
  expect(await say('x', { model: 'a-b-b-c' })).toBe('stars');
  expect(await say('x', { model: 'a-c' })).toBe('rest');
  expect(await say('x', { model: 'bac' })).toBe('rest');
  const messages = [
    { role: 'system', content: 'prompt v2' },
    { role: 'assistant', content: null, tool_calls: [] },
    { role: 'user', content: 'hi' },
  ];
  expect(await say('', { messages })).toBe('both');
});

test('bad requests are told in the shape of OpenAI', async () => {
  const { post, simulator } = await start([{}]);
  const messages = [{ role: 'user', content: 'hi' }];
  const cases: [number, unknown, object][] = [
    [400, '{"model": ', { type: 'invalid_request_error' }],
    [400, '[]', { type: 'invalid_request_error' }],
    [400, '', { type: 'invalid_request_error' }],
    [400, { messages }, { message: 'you must provide a model parameter' }],
    [400, { model: 'm' }, { param: 'messages', code: 'missing_required_parameter' }],
    [400, { model: 'm', messages: [] }, { param: 'messages', code: 'empty_array' }],
    [400, { model: 'm', messages: ['hi'] }, { param: 'messages[0].role' }],
    [400, { model: 'm', messages, stream_options: {} }, { param: 'stream_options' }],
    [400, { model: 'm', messages, n: 2 }, { param: 'n' }],
  ];
  for (const [status, body, error] of cases) {
    const response = await post(body);
    expect(response.status).toBe(status);
    const said = await jsonOf(response);
    expect(Object.keys(said.error)).toEqual(['message', 'type', 'param', 'code']);
    expect(said.error).toMatchObject(error);
  }
  expect((await post({}, '/v1/completions')).status).toBe(404);
  expect((await post({}, '/v1/models')).status).toBe(405);
  expect((await fetch(`${simulator.baseURL}/chat/completions`)).status).toBe(405);
  expect(simulator.requests().total).toBe(0);
});

test('a body past the limit is 413, one at the limit is read', async () => {
  const { ask, post } = await start([{}]);
  const empty = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: '' }] }).length;
  expect((await ask('x'.repeat(BODY_LIMIT - empty))).status).toBe(200);
  const large = await post(' '.repeat(BODY_LIMIT + 1));
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({ error: { code: 'request_too_large' } });
});

const kindsOf = async (ask: (content: string) => Promise<Response>, calls: number) => {
  const counts = { error: 0, overloaded: 0, refusal: 0, answer: 0 };
  for (let call = 0; call < calls; call += 1) {
    const response = await ask('hi');
    const body = await jsonOf(response);
    if (response.status === 503) counts.overloaded += 1;
    else if (response.status === 500) counts.error += 1;
    else if (body.choices[0]!.message.refusal) counts.refusal += 1;
    else counts.answer += 1;
  }
  return counts;
};

test('faults come at their rates', async () => {
  const calls = 2_000;
  const { ask, simulator } = await start([{ errors: [0.05, { rate: 0.1, status: 503 }], refusals: 0.2 }]);
  const counts = await kindsOf(ask, calls);
  const within = (count: number, rate: number) =>
    expect(Math.abs(count - calls * rate)).toBeLessThan(4 * Math.sqrt(calls * rate * (1 - rate)));
  within(counts.error, 0.05);
  within(counts.overloaded, 0.1);
  within(counts.refusal, 0.2);
  within(counts.answer, 0.65);
  expect(simulator.requests()).toEqual({
    total: calls,
    models: { 'gpt-5-mini': calls },
    rules: [
      {
        calls,
        outcomes: { answer: counts.answer, refusal: counts.refusal, error: counts.error + counts.overloaded },
      },
    ],
  });
});

test('a seed and an order of calls give the same answers, another seed others', async () => {
  const rules: RuleInput[] = [{ errors: 0.3, refusals: 0.3, latency: { p50: 0.01, p95: 0.02 } }];
  const play = async (seed: number) => {
    const { ask } = await start(rules, { seed });
    const said: string[] = [];
    for (let call = 0; call < 60; call += 1)
      said.push((await (await ask('hi')).text()).replace(/"created":\d+/, ''));
    return said;
  };
  const first = await play(5);
  expect(await play(5)).toEqual(first);
  expect(await play(6)).not.toEqual(first);
});

test('an answer and an error take their latency', async () => {
  const timers = manualTimers();
  const { ask, simulator } = await start([{ latency: 40 }], { timers });
  expect(await elapsed(timers, ask('hi'))).toBe(40);
  simulator.setRules([{ latency: 30, errors: 1 }]);
  expect(await elapsed(timers, ask('hi'))).toBe(30);
});

test('a stream has its first token and its pace, and a plain answer takes as long in all', async () => {
  const timers = manualTimers();
  const { ask } = await start([{ firstToken: 50, tokensPerSecond: 100, answer: 'one two three four' }], {
    timers,
  });
  const request = ask('hi', { stream: true });
  expect(await elapsed(timers, request)).toBe(50);
  const body = (await request).text();
  // Role, four tokens and the end: five gaps of 10 ms.
  expect(await elapsed(timers, body)).toBe(50);
  expect((await body).match(/^data: /gm)).toHaveLength(7);
  expect(await elapsed(timers, ask('hi'))).toBe(50 + 40);
});

test('a caller that goes leaves no timer behind', async () => {
  const timers = manualTimers();
  const { simulator } = await start([{ latency: 1000 }], { timers });
  const caller = new AbortController();
  const call = fetch(`${simulator.baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
    signal: caller.signal,
  });
  while (timers.pending() === 0) await settle();
  caller.abort();
  await expect(call).rejects.toThrow();
  while (timers.pending() > 0) await settle();
});

test('rules change between calls; bad ones are refused and the old ones stay', async () => {
  const { say, simulator } = await start([{ answer: 'old' }]);
  await say('hi');
  expect(() => simulator.setRules([{ refusals: 2 }])).toThrow(/rules\[0\]\.refusals/);
  expect(await say('hi')).toBe('old');
  simulator.setRules([{ answer: 'new' }]);
  expect(await say('hi')).toBe('new');
  expect(simulator.requests()).toMatchObject({ total: 3, rules: [{ calls: 1 }] });
});

test('a test sees what was asked', async () => {
  const seen: unknown[] = [];
  const { ask } = await start([{}], {
    onRequest: (body, headers) => seen.push([JSON.parse(body).temperature, headers['content-type']]),
  });
  await ask('hi', { temperature: 0.2 });
  expect(seen).toEqual([[0.2, 'text/plain;charset=UTF-8']]);
});

test('closing finishes calls under way, and cuts off those that would hang for ever', async () => {
  const timers = manualTimers();
  const { ask, simulator } = await start(
    [
      { match: { text: 'hang' }, hangs: 1 },
      { latency: 20, answer: 'done' },
    ],
    {
      timers,
    },
  );
  const hung = ask('hang').catch(() => 'cut');
  const slow = ask('hi');
  while (timers.pending() === 0 || simulator.requests().total < 2) await settle();
  let closed = false;
  const closing = simulator.close(60_000).then(() => {
    closed = true;
  });
  expect(await hung).toBe('cut');
  expect(closed).toBe(false);
  await timers.advance(20);
  expect((await slow).status).toBe(200);
  await (await slow).text();
  await closing;
});

test('a port that is taken is said', async () => {
  const { simulator } = await start([{}]);
  await expect(startSimulator({ rules: [{}], port: simulator.port })).rejects.toThrow(
    `port ${simulator.port} of 127.0.0.1 is in use`,
  );
});
