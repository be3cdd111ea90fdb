import { eventually } from '../eventually.ts';
import { answerJson, begin, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { held, type Stage, startStage } from './stage.ts';

let stage: Stage;
let provider: ScriptedProvider;
beforeEach(async () => {
  provider = await scriptedProvider(({ body, request, response }) => {
    // Streams begin and go on for ever, plain answers never come, counts of tokens do.
    if (body.stream !== true) return;
    const events: Record<string, object> = {
      '/v1/chat/completions': { choices: [{ index: 0, delta: { content: 'four' } }] },
      '/v1/messages': { type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 7 } } },
      '/v1/responses': { type: 'response.created', response: { id: 'r', model: 'm', output: [] } },
    };
    begin(response, `data: ${JSON.stringify(events[request.url!])}\n\n`);
  });
  stage = await startStage([{ match: {}, answer: 'x' }]);
});
afterEach(async () => {
  await stage.stop();
  await provider.stop();
});

const BACKEND = { name: 'b', providerRef: { name: 'open' }, model: 'm' };

async function routes(): Promise<void> {
  for (const [name, dialect] of [
    ['open', 'OpenAI'],
    ['claude', 'Anthropic'],
  ] as const) {
    const metadata = { name, namespace: 'support' };
    stage.store.put({ kind: 'ModelProvider', metadata, spec: { dialect, baseURL: provider.baseURL } });
    const backends = [
      { ...BACKEND, providerRef: { name } },
      { ...BACKEND, name: 'fallback', providerRef: { name } },
    ];
    const onExhausted = { degraded: { content: 'Sorry.' } };
    stage.store.put({ kind: 'ModelRoute', metadata, spec: { backends, onExhausted } });
  }
  const models = async () => (await fetch(`${stage.gateway.url}/v1/models`)).text();
  await eventually('the routes are served', async () => (await models()).match(/"id"/g)?.length === 4);
}

const CHAT = '/v1/chat/completions';
const messages = [{ role: 'user', content: 'hi' }];
const send = (path: string, body: object) =>
  fetch(stage.gateway.url + path, { method: 'POST', body: JSON.stringify(body) });
const revisionOf = (name: string) => stage.status('ModelRoute', name).stableRevision!;

test('calls that outlast the grace are told so, in the form of what was called, recorded, and charged to nobody', async () => {
  await routes();
  const streams = await Promise.all([
    send(CHAT, { model: 'open', stream: true, messages }),
    send('/v1/messages', { model: 'claude', stream: true, max_tokens: 9, messages }),
    send('/v1/responses', { model: 'open', stream: true, input: 'hi' }),
  ]);
  const plain = send(CHAT, { model: 'open', messages });
  const copied = send('/v1/messages', { model: 'claude', max_tokens: 9, messages });
  await eventually('all are asked', () => provider.asked.length === 5);
  const ended = Promise.all([...streams, plain, copied].map(async (each) => (await each).text()));

  await stage.gateway.stop(400);
  const [chat, message, response, answer, ofMessages] = await ended;
  const code = 'gateway_stopping';
  const said = 'the gateway is stopping: send the call again';
  const error = { message: said, type: 'server_error', param: null, code };
  expect(chat).toContain('four');
  expect(chat!.endsWith(`data: ${JSON.stringify({ error })}\n\n`)).toBe(true);
  expect(chat).not.toContain('[DONE]');
  expect(message).toContain(`event: error\ndata: {"type":"error","error":{"type":"overloaded_error"`);
  expect(response).toMatch(/event: error\ndata: \{"type":"error","code":"gateway_stopping".*\n\n$/);
  expect((await plain).status).toBe(503);
  expect(JSON.parse(answer!)).toEqual({ error });
  expect((await copied).status).toBe(503);
  expect(JSON.parse(ofMessages!)).toMatchObject({ type: 'error', error: { message: said } });
  // Neither the fallback nor the degraded answer stood in.
  expect(provider.asked).toHaveLength(5);
  const records = await stage.records();
  expect(records.map((record) => record['sluice.outcome'])).toEqual(Array(5).fill('gateway_error'));
  expect(records.filter((record) => record['sluice.degraded'])).toEqual([]);
  for (const name of ['open', 'claude'])
    expect(Object.keys(stage.outcomes(revisionOf(name)))).toEqual(['gateway_error']);
});

test('stable does not stand in for a candidate that the gateway itself breaks off', async () => {
  await routes();
  stage.putRoute([{}], { rollout: { strategy: 'Immediate' } });
  stage.putRoute([{ providerRef: { name: 'open' } }], { rollout: held(99) });
  await stage.until((status) => status.step?.weight === 99, 'ModelRoute', 'fast');
  const { candidateRevision } = stage.status('ModelRoute', 'fast');
  const call = send(CHAT, { model: 'fast', user: 'user-1', messages });
  await eventually('it is asked', () => provider.asked.length === 1);
  await stage.gateway.stop(100);
  expect((await call).status).toBe(503);
  expect((await call).headers.get('x-sluice-revision')).toBe(candidateRevision);
  expect(stage.seen).toHaveLength(0);
  expect(await stage.records()).toMatchObject([{ 'sluice.outcome': 'gateway_error' }]);
});

test('one that ends in time is answered', async () => {
  await routes();
  const call = send(CHAT, { model: 'open', messages });
  await eventually('it is asked', () => provider.asked.length === 1);
  const stopped = stage.gateway.stop(10_000);
  const choices = [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }];
  answerJson(provider.asked[0]!.response, 200, JSON.stringify({ choices }));
  expect((await call).status).toBe(200);
  await stopped;
  expect(await stage.records()).toMatchObject([{ 'sluice.outcome': 'success' }]);
});
