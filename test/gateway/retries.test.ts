import { Registry } from 'prom-client';
import { request } from 'undici';
import { withoutPrometheus } from '../../src/evidence/prometheus/source.ts';
import { eventually } from '../eventually.ts';
import {
  type Asked,
  answerJson,
  begin,
  chunk,
  completion,
  type ScriptedProvider,
  scriptedProvider,
} from './provider.ts';
import { ask, askStream, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
let provider: ScriptedProvider;
/** What the provider does, call by call; the last one for all that come after. */
let script: ((asked: Asked) => void)[];
/** When each call came to the provider. */
let times: number[];
/** Stands still, so that no reserve of retries comes back by itself. */
let now = 0;

beforeEach(async () => {
  now = 0;
  times = [];
  stage = await startStage([{ match: {}, answer: 'Simulated' }], withoutPrometheus, {
    clock: () => now,
    registry: new Registry(),
    // Nobody collects: what providers are told of a trace is all that is looked at.
    otlp: {
      urls: { traces: 'http://127.0.0.1:9/v1/traces' },
      headers: {},
      gzip: false,
      timeoutMs: 100,
      metricsEachMs: 60_000,
      resource: {},
      sample: 1,
      tellProviders: true,
    },
  });
  provider = await scriptedProvider((asked) => {
    times.push(performance.now());
    (script.length > 1 ? script.shift()! : script[0]!)(asked);
  });
  stage.putProvider('scripted', { baseURL: provider.baseURL });
  await route([scripted('m')]);
});
afterEach(async () => {
  await stage.stop();
  await provider.stop();
});

const scripted = (model: string) => ({ providerRef: { name: 'scripted' }, model });
async function route(backends: object[], over: object = {}, attempt = 2): Promise<void> {
  stage.putRoute(backends, { rollout: { strategy: 'Immediate' }, ...over });
  await stage.until((status) => status.attempt === attempt, 'ModelRoute', 'fast');
}

const status =
  (code: number, headers = {}) =>
  ({ response }: Asked) =>
    answerJson(response, code, '{"error":{"message":"busy"}}', headers);
const reset = ({ request: { socket } }: Asked) => socket.destroy();
const fine = ({ response }: Asked) => answerJson(response, 200, completion());
const outcomes = () => stage.outcomes(stage.status().stableRevision!);
const said = async () => (await ask(stage, 'u')).data.choices[0]?.message.content;
const lastRecord = async () => (await stage.records()).at(-1)!;
async function metric(series: string): Promise<string | undefined> {
  const { body } = await request(`${stage.gateway.adminUrl}/metrics`);
  const line = (await body.text()).split('\n').find((each) => each.startsWith(`${series} `));
  return line?.split(' ').at(-1);
}
const OF = 'namespace="support",provider="scripted",model="m"';

test.each([
  ['a 503', status(503)],
  ['a 529', status(529)],
  ['a 408', status(408)],
  ['a 429 that says when', status(429, { 'retry-after-ms': '10' })],
  ['a connection that breaks', reset],
])('%s of the only backend is asked again, and charged all the same', async (_what, fails) => {
  script = [fails, fine];
  expect(await said()).toBe('Hello');
  expect(provider.asked).toHaveLength(2);
  const [outcome] = Object.entries(outcomes());
  expect(outcome).not.toEqual(['success', 1]);
  expect(Object.keys(outcomes())).toHaveLength(1);
  const record = await lastRecord();
  expect(record).toMatchObject({ 'sluice.tries': 2, 'sluice.outcome': 'success' });
  expect(record).not.toHaveProperty(['sluice.fallback']);
  expect(await metric(`sluice_gateway_retries_total{${OF},result="answered"}`)).toBe('1');
  // Each try has a span of its own in the call's trace.
  const spans = provider.asked.map(({ request: { headers } }) => String(headers.traceparent).split('-'));
  expect(new Set(spans.map(([, trace]) => trace))).toEqual(new Set([record.trace_id]));
  expect(new Set(spans.map(([, , span]) => span)).size).toBe(2);

  // A call that takes one try says nothing of tries, and is no failure.
  expect(await said()).toBe('Hello');
  expect(await lastRecord()).not.toHaveProperty(['sluice.tries']);
  expect(outcomes().success).toBe(1);
});

test.each([
  ['a 400', status(400), 400],
  ['a 404', status(404), 404],
  ['a 429 that does not say when', status(429), 429],
  ['a 503 that asks for longer than a caller waits', status(503, { 'retry-after': '3' }), 503],
  ['a 503 that says that it is of no use', status(503, { 'x-should-retry': 'false' }), 503],
  ['an answer that is none', ({ response }: Asked) => answerJson(response, 200, 'no JSON'), 502],
  [
    'an answer that breaks off',
    ({ response }: Asked) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"id":', () => response.destroy());
    },
    502,
  ],
])('%s is not asked again', async (_what, fails, code) => {
  script = [fails, fine];
  await expect(said()).rejects.toMatchObject({ status: code });
  expect(provider.asked).toHaveLength(1);
});

test('two retries are all that a call has, and it ends with what came last', async () => {
  script = [status(503), reset, status(500), fine];
  await expect(said()).rejects.toMatchObject({ status: 500 });
  expect(provider.asked).toHaveLength(3);
  expect(outcomes()).toEqual({ upstream_5xx: 1 });
  expect(await metric(`sluice_gateway_retries_total{${OF},result="failed"}`)).toBe('2');
});

test('Retry-After is waited for', async () => {
  script = [status(503, { 'retry-after': '1' }), fine];
  expect(await said()).toBe('Hello');
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
});

test('another backend is asked at once, and a backend again only where all have failed', async () => {
  await route([scripted('m'), scripted('n')], {}, 3);
  script = [status(503), fine];
  expect(await said()).toBe('Hello');
  expect(provider.asked.map(({ body }) => body.model)).toEqual(['m', 'n']);
  expect(await lastRecord()).toMatchObject({ 'sluice.fallback': true, 'sluice.tries': 2 });

  script = [status(503), status(404), fine];
  expect(await said()).toBe('Hello');
  expect(provider.asked.slice(2).map(({ body }) => body.model)).toEqual(['m', 'n', 'm']);
  expect(await lastRecord()).not.toHaveProperty(['sluice.fallback']);
});

test('where retries fail too, the caller gets what the last backend said', async () => {
  await route([scripted('m'), scripted('n')], {}, 3);
  script = [status(503), status(404), status(500), status(503)];
  await expect(said()).rejects.toMatchObject({ status: 404 });
  expect(provider.asked.map(({ body }) => body.model)).toEqual(['m', 'n', 'm', 'm']);
  expect(outcomes()).toEqual({ upstream_5xx: 1 });
});

test('an outage costs the provider a fifth more than the calls, and less once the breaker is open', async () => {
  // What says that it works opens no breaker: only the budget is in the way.
  script = [status(429, { 'retry-after-ms': '1' })];
  const calls = 100;
  for (let from = 0; from < calls; from += 25)
    await Promise.all(Array.from({ length: 25 }, () => said().catch(() => undefined)));
  expect(provider.asked.length).toBeGreaterThan(calls * 1.15);
  expect(provider.asked.length).toBeLessThanOrEqual(calls * 1.22);
  expect(outcomes()).toEqual({ rate_limited: calls });
  expect(Number(await metric(`sluice_gateway_retries_refused_total{${OF}}`))).toBeGreaterThan(50);

  const before = provider.asked.length;
  script = [status(503)];
  for (let n = 0; n < 20; n++) await said().catch(() => undefined);
  // Five in a row open it.
  expect(provider.asked.length - before).toBeLessThanOrEqual(20 + 2);
});

test('a caller that goes while it waits ends the wait, and nobody is asked again', async () => {
  script = [status(503, { 'retry-after': '2' }), fine];
  const abort = new AbortController();
  const call = stage.client.chat.completions.create(
    { model: 'triage', messages: [] },
    { signal: abort.signal },
  );
  const ended = expect(call).rejects.toThrow();
  await eventually('the provider is asked', () => provider.asked.length === 1);
  const begun = performance.now();
  abort.abort();
  await ended;
  const record = await eventually('a record', lastRecord);
  expect(performance.now() - begun).toBeLessThan(1_500);
  expect(record).toMatchObject({ 'sluice.outcome': 'client_cancelled' });
  expect(provider.asked).toHaveLength(1);
  // What the first try came to is the revision's, as it is where a caller goes during a fallback.
  expect(outcomes()).toEqual({ upstream_5xx: 1 });
});

test('a retry that does not fit in the time of a call is not made', async () => {
  script = [status(503, { 'retry-after-ms': '1500' }), fine];
  await route([scripted('roomy')], { budgets: { total: '30s' } }, 3);
  expect(await said()).toBe('Hello');

  script = [status(503, { 'retry-after-ms': '1500' }), fine];
  await route([scripted('other')], { budgets: { total: '1s' } }, 4);
  await expect(said()).rejects.toMatchObject({ status: 503 });
  expect(provider.asked.map(({ body }) => body.model)).toEqual(['roomy', 'roomy', 'other']);
});

describe('a stream', () => {
  const opens = ({ response }: Asked) => {
    begin(response, chunk('Hello', 'stop'), 'data: [DONE]\n\n');
    response.end();
  };
  const ofNothing = ({ response }: Asked) => {
    begin(response);
    response.end();
  };

  test.each([
    ['503', status(503)],
    ['an end without an event', ofNothing],
    [
      'an error for an event',
      ({ response }: Asked) => {
        begin(response, 'data: {"error":{"message":"overloaded","code":529}}\n\n');
        response.end();
      },
    ],
  ])('that begins with %s is asked for again', async (_what, fails) => {
    script = [fails, opens];
    expect((await askStream(stage, 'u')).text).toBe('Hello');
    expect(provider.asked).toHaveLength(2);
    expect(outcomes().success).toBeUndefined();
  });

  test('that breaks after its first event is not', async () => {
    script = [
      ({ response }) => {
        begin(response, chunk('Hel'));
        setImmediate(() => response.destroy());
      },
      opens,
    ];
    await expect(askStream(stage, 'u')).rejects.toThrow();
    expect(provider.asked).toHaveLength(1);
    expect(outcomes()).toEqual({ stream_interrupted: 1 });
  });
});

test('a candidate that fails is rescued at once, and only stable waits', async () => {
  stage.putRoute([scripted('candidate')], { rollout: held(50) });
  await stage.until((status) => status.step?.weight === 50, 'ModelRoute', 'fast');
  script = [({ body, response }) => (body.model === 'm' ? fine : status(503))({ body, response } as Asked)];
  const users = Array.from({ length: 20 }, (_, n) => `user-${n}`);
  for (const user of users) await ask(stage, user);
  const asked = (model: string) => provider.asked.filter(({ body }) => body.model === model).length;
  expect(asked('m')).toBe(users.length);
  const { candidateRevision } = stage.status('ModelRoute', 'fast');
  expect(asked('candidate')).toBeGreaterThan(3);
  expect(stage.outcomes(candidateRevision!)).toEqual({ upstream_5xx: asked('candidate') });
});
