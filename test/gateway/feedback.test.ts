import { PassThrough } from 'node:stream';
import { request } from 'undici';
import { callTokens } from '../../src/gateway/call-token.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import type { Log } from '../../src/lib/log.ts';
import { eventually } from '../eventually.ts';
import { answerJson, scriptedProvider } from './provider.ts';
import { ask, askStream, FEEDBACK_KEY, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
});
afterEach(() => stage.stop());

async function give(body: unknown, url = stage.gateway.url, method = 'POST' as 'POST' | 'GET') {
  const { statusCode, body: answer } = await request(`${url}/v1/feedback`, {
    method,
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const { error } = (text === '' ? {} : JSON.parse(text)) as { error?: { code: string; param: string } };
  return { status: statusCode, ...(error && { code: error.code, param: error.param }) };
}
const given = { status: 204 };
const thumbsOf = (revision: string) => stage.cells(revision).flatMap(({ thumbs }) => thumbs ?? []);
const stable = () => stage.status().stableRevision!;
const stableRoute = () => stage.status('ModelRoute', 'fast').stableRevision!;

test('thumbs and scores are counted for the revisions that answered, prompt and route', async () => {
  const [one, two, three] = [await ask(stage, 'a'), await askStream(stage, 'b'), await ask(stage, 'c')];
  expect(await give({ call: one.call, thumb: 'down' })).toEqual(given);
  expect(await give({ call: two.call, thumb: 'up', score: 0.93 })).toEqual(given);
  expect(await give({ call: three.call, score: 0 })).toEqual(given);
  for (const revision of [stable(), stableRoute()]) {
    const [cell] = stage.cells(revision);
    expect(cell).toMatchObject({ thumbs: { given: 2, down: 1 }, scores: { '1': 1, '20': 1 } });
  }
  const { body } = await request(`${stage.gateway.adminUrl}/metrics`);
  const lines = (await body.text()).split('\n').filter((line) => line.startsWith('sluice_gateway_feedback'));
  const labels = `kind="PromptRelease",namespace="support",release="triage",revision="${stable()}"`;
  expect(lines.sort()).toEqual([
    `sluice_gateway_feedback_total{${labels},feedback="score"} 2`,
    `sluice_gateway_feedback_total{${labels},feedback="thumb_down"} 1`,
    `sluice_gateway_feedback_total{${labels},feedback="thumb_up"} 1`,
  ]);
});

test('a route that was called by its own name gets the feedback alone', async () => {
  const { call } = await ask(stage, 'a', { model: 'fast' });
  expect(await give({ call, thumb: 'up' })).toEqual(given);
  expect(thumbsOf(stableRoute())).toEqual([{ given: 1, down: 0 }]);
  expect(thumbsOf(stable())).toEqual([]);
});

test('each is taken once of each call', async () => {
  const { call } = await ask(stage, 'a');
  expect(await give({ call, thumb: 'down' })).toEqual(given);
  const again = { status: 409, code: 'feedback_given', param: 'call' };
  expect(await give({ call, thumb: 'down' })).toEqual(again);
  expect(await give({ call, thumb: 'up', score: 1 })).toEqual(again);
  expect(await give({ call, score: 1 })).toEqual(given);
  expect(await give({ call, score: 0 })).toEqual(again);
  expect(stage.cells(stable())[0]).toMatchObject({ thumbs: { given: 1, down: 1 }, scores: { '0': 1 } });
});

test('late feedback is for the split that the call was drawn from', async () => {
  stage.putRelease('You are B.', { rollout: held(50) });
  await stage.until((status) => status.step?.weight === 50);
  const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(stage, `user-${n}`)));
  const candidate = stage.status().candidateRevision!;
  const onCandidate = calls.filter(({ revision }) => revision === candidate);
  expect(onCandidate.length).toBeGreaterThan(3);
  stage.putRelease('You are A.');
  await stage.until((status) => status.candidateRevision === undefined);
  for (const { call } of calls) expect(await give({ call, thumb: 'down' })).toEqual(given);
  const cells = stage.cells(candidate);
  expect(cells).toMatchObject([{ weight: 50, thumbs: { given: onCandidate.length } }]);
  expect(stage.cells(stable()).find(({ weight }) => weight === 50)?.thumbs?.given).toBe(
    calls.length - onCandidate.length,
  );
});

test('of a rescued call the feedback is for stable, which answered', async () => {
  stage.putRelease('FAIL', { rollout: held(99) });
  await stage.until((status) => status.step?.weight === 99);
  const { call, revision } = await ask(stage, 'user-1');
  expect(revision).toBe(stable());
  expect(await give({ call, thumb: 'down' })).toEqual(given);
  const { attempt } = stage.status();
  expect(stage.cells(stable()).find((cell) => cell.attempt === attempt)).toMatchObject({
    weight: 99,
    outcomes: {},
    thumbs: { given: 1, down: 1 },
  });
  expect(thumbsOf(stage.status().candidateRevision!)).toEqual([]);
});

test('of a rollout that is too long ago it is taken and counted nowhere', async () => {
  const { call } = await ask(stage, 'a');
  const before = stable();
  for (const content of ['You are B.', 'You are C.', 'You are D.']) {
    stage.putRelease(content, { rollout: { strategy: 'Immediate' } });
    const attempt = stage.status().attempt! + 1;
    await stage.until((status) => status.attempt === attempt);
    await ask(stage, 'a');
  }
  expect(await give({ call, thumb: 'down' })).toEqual(given);
  expect(thumbsOf(before)).toEqual([]);
  // The route has not changed meanwhile.
  expect(thumbsOf(stableRoute())).toEqual([{ given: 1, down: 1 }]);
});

test('what is no feedback is refused with what is wrong in it', async () => {
  const { call } = await ask(stage, 'a');
  const wrong = (param: string | null) => ({ status: 400, code: 'invalid_request', param });
  const none = { status: 400, code: 'invalid_call_token', param: 'call' };
  const changed = `${call!.slice(0, 10)}${call![10] === 'A' ? 'B' : 'A'}${call!.slice(11)}`;
  const forged = callTokens(Buffer.alloc(32, 1)).sign({ id: 'x', at: Date.now() / 1000, answered: [] });
  for (const [body, answer] of [
    [{ call }, wrong(null)],
    [{ thumb: 'up' }, wrong('call')],
    [{ call: 7, thumb: 'up' }, wrong('call')],
    [{ call, thumb: 'sideways' }, wrong('thumb')],
    [{ call, thumb: null, score: 1 }, wrong('thumb')],
    [{ call, score: 1.01 }, wrong('score')],
    [{ call, score: '1' }, wrong('score')],
    [{ call, thumb: 'up', revision: 'r' }, wrong(null)],
    ['[]', { status: 400, code: 'malformed_json', param: null }],
    ['{', { status: 400, code: 'malformed_json', param: null }],
    [{ call: changed, thumb: 'up' }, none],
    [{ call: forged, thumb: 'up' }, none],
    [{ call: (await stage.records())[0]?.['sluice.call'], thumb: 'up' }, none],
    [{ call: '', thumb: 'up' }, none],
  ])
    expect({ body, ...(await give(body)) }).toEqual({ body, ...(answer as object) });
  expect(await give('', stage.gateway.url, 'GET')).toMatchObject({ status: 405 });
  expect(thumbsOf(stable())).toEqual([]);
});

test('of a call that is evidence of nothing none is taken, and the error says so', async () => {
  const provider = await scriptedProvider(({ request, response }) => {
    const path = request.url ?? '';
    if (path.endsWith('/count_tokens')) return answerJson(response, 200, '{"input_tokens":5}');
    if (path.endsWith('/embeddings')) return answerJson(response, 200, '{"data":[{"embedding":[1]}]}');
    answerJson(response, path.includes('down') ? 503 : 400, '{"error":{"message":"no"}}');
  });
  const put = (name: string, dialect: 'OpenAI' | 'Anthropic', over: object = {}) => {
    const baseURL = provider.baseURL.replace(/v1$/, name);
    const metadata = { name, namespace: 'support' };
    stage.store.put({ kind: 'ModelProvider', metadata, spec: { dialect, baseURL } });
    const backends = [{ name: 'b', providerRef: { name }, model: 'm' }];
    stage.store.put({ kind: 'ModelRoute', metadata, spec: { backends, ...over } });
  };
  put('claude', 'Anthropic');
  put('open', 'OpenAI');
  put('down', 'OpenAI', { onExhausted: { degraded: { content: 'Later.' } } });
  const served = async () => (await (await fetch(`${stage.gateway.url}/v1/models`)).text()).match(/"id"/g);
  await eventually('the routes are served', async () => (await served())?.length === 5);

  const messages = [{ role: 'user', content: 'hi' }];
  for (const [status, path, body] of [
    [200, '/v1/messages/count_tokens', { model: 'claude', messages }],
    [200, '/v1/embeddings', { model: 'open', input: 'hi' }],
    [200, '/v1/chat/completions', { model: 'down', messages }],
    [200, '/v1/chat/completions', { model: 'down', messages, stream: true }],
    [400, '/v1/chat/completions', { model: 'open', messages }],
    [400, '/v1/chat/completions', { model: 'open', messages, stream: true }],
  ] as const) {
    const answer = await fetch(stage.gateway.url + path, { method: 'POST', body: JSON.stringify(body) });
    await answer.text();
    expect({ path, body, status: answer.status }).toEqual({ path, body, status });
    const call = answer.headers.get('x-sluice-call');
    const refused = { status: 400, code: 'no_feedback', param: 'call' };
    expect({ path, body, ...(await give({ call, thumb: 'down' })) }).toEqual({ path, body, ...refused });
  }
  const cells = stage.gateway.evidence().releases.flatMap((release) => release.cells);
  expect(cells.filter(({ thumbs }) => thumbs !== undefined)).toEqual([]);
  await provider.stop();
});

test('a call of eight days ago is refused', async () => {
  const at = Math.floor(Date.now() / 1000) - 8 * 86_400;
  const old = callTokens(FEEDBACK_KEY).sign({ id: 'x', at, answered: [] });
  expect(await give({ call: old, thumb: 'up' })).toEqual({
    status: 400,
    code: 'expired_call_token',
    param: 'call',
  });
});

describe('another replica', () => {
  const said: string[] = [];
  const log = (fields: object, message: string) => void said.push(`${JSON.stringify(fields)} ${message}`);
  const start = async (over: Partial<GatewayOptions>) => {
    said.length = 0;
    const local = { host: '127.0.0.1', port: 0 };
    const all: Log = { debug: log, info: log, warn: log, error: log };
    const other = await startGateway({
      source: stage.store,
      listen: local,
      admin: local,
      replica: 'h',
      log: all,
      recordTo: new PassThrough().resume(),
      ...over,
    });
    await eventually('ready', async () => {
      const { statusCode, body } = await request(`${other.adminUrl}/readyz`);
      await body.dump();
      return statusCode === 200;
    });
    return other;
  };

  test('takes feedback with the same key, and counts it by itself', async () => {
    const other = await start({ feedbackKey: FEEDBACK_KEY });
    const { call } = await ask(stage, 'a');
    expect(await give({ call, thumb: 'down' }, other.url)).toEqual(given);
    const cells = other.evidence().releases.flatMap((release) => release.cells);
    expect(cells.map(({ thumbs }) => thumbs)).toEqual([
      { given: 1, down: 1 },
      { given: 1, down: 1 },
    ]);
    expect(thumbsOf(stable())).toEqual([]);
    expect(said.join('\n')).not.toContain('feedback key');
    await other.stop(0);
  });

  test('has a key of its own where none is given, and says so', async () => {
    const other = await start({});
    const { call } = await ask(stage, 'a');
    expect(await give({ call, thumb: 'down' }, other.url)).toMatchObject({
      status: 400,
      code: 'invalid_call_token',
    });
    expect(said.filter((line) => line.includes('no feedback key was given'))).toHaveLength(1);
    await other.stop(0);
  });
});
