import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { callTokens } from '../../src/gateway/call-token.ts';
import { ask, askStream, FEEDBACK_KEY, held, KEY, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: { text: 'BAD-REQUEST' }, errors: { rate: 1, status: 400 }, answer: 'x' },
    { match: { text: 'EVENT' }, errorEvents: { rate: 1, afterChunks: 0 }, answer: 'x' },
    { match: { text: 'HANG' }, hangs: 1, answer: 'x' },
    {
      match: { text: 'BREAK' },
      breaks: { rate: 1, afterChunks: 2 },
      tokensPerSecond: 200,
      answer: 'one two three four five six seven eight',
    },
    { match: { text: 'NO-OPTIONS' }, usage: { refuseStreamOptions: true }, answer: 'Hello' },
    { match: { text: 'REFUSE' }, refusals: 1, answer: 'x' },
    { match: { text: 'CUT' }, truncations: 1, answer: 'a long answer that is cut' },
    { match: { model: 'model-down' }, errors: { rate: 1, status: 503 }, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
});
afterEach(() => stage.stop());

const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
const candidate = () => stage.status().candidateRevision!;
const stable = () => stage.status().stableRevision!;

test('a plain call: prompt rendered, provider keyed, caller answered, everything accounted for', async () => {
  const { data, revision, call } = await ask(stage, 'u', { temperature: 0.3 });
  expect(data.choices[0]?.message.content).toBe('Hello');
  expect(revision).toBe(stable());
  const [sent] = stage.seen;
  expect(sent?.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(JSON.stringify(sent)).not.toContain('callers-own-key');
  expect(sent?.body).toMatchObject({
    model: 'model-a',
    temperature: 0.3,
    messages: [
      { role: 'system', content: 'You are A.' },
      { role: 'user', content: 'hi' },
    ],
  });
  const [record] = await stage.records();
  expect(record).toMatchObject({
    'sluice.call': callTokens(FEEDBACK_KEY).read(call!, new Date()).id,
    'sluice.revision': revision,
    'sluice.outcome': 'success',
    'sluice.team': 'care',
    'sluice.feature': 'tickets',
    'gen_ai.request.model': 'model-a',
    'gen_ai.usage.input_tokens': data.usage?.prompt_tokens,
    'gen_ai.usage.output_tokens': data.usage?.completion_tokens,
    'sluice.prompt.hash': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect(JSON.stringify(record)).not.toContain('You are A.');
});

test('a streamed call arrives as it was sent, its usage known and taken out again', async () => {
  const { text, chunks } = await askStream(stage, 'u');
  expect(text).toBe('Hello');
  expect(chunks.some(({ choices }) => choices.length === 0)).toBe(false);
  const asked = await askStream(stage, 'u', { stream_options: { include_usage: true } });
  expect(asked.chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
  const records = await stage.records();
  expect(records.map((each) => each['gen_ai.usage.output_tokens'])).toEqual([
    asked.chunks.at(-1)?.usage?.completion_tokens,
    asked.chunks.at(-1)?.usage?.completion_tokens,
  ]);
  expect(records[0]).toMatchObject({ 'sluice.stream': true, 'sluice.first_token_ms': expect.any(Number) });
});

test('a provider that does not know stream_options is asked without, and remembered', async () => {
  stage.putRelease('NO-OPTIONS', { rollout: { strategy: 'Immediate' } });
  await stage.until((status) => status.attempt === 2);
  expect((await askStream(stage, 'u')).text).toBe('Hello');
  expect((await askStream(stage, 'u')).text).toBe('Hello');
  expect(stage.seen.map(({ body }) => 'stream_options' in body)).toEqual([true, false, false]);
});

test('callers stay where they are, and a higher weight only moves them to the candidate', async () => {
  const servedBy = async () => Promise.all(users.map(async (user) => (await ask(stage, user)).revision));
  stage.putRelease('You are B.', { rollout: held(30) });
  await stage.until((status) => status.step?.weight === 30);
  const at30 = await servedBy();
  expect(await servedBy()).toEqual(at30);
  stage.putRelease('You are A.', { rollout: held(70) });
  await stage.until((status) => status.candidateRevision === undefined);
  stage.putRelease('You are B.', { rollout: held(70) });
  await stage.until((status) => status.step?.weight === 70);
  const at70 = await servedBy();
  const onCandidate = (revisions: (string | null)[]) =>
    revisions.filter((each) => each === candidate()).length;
  expect(onCandidate(at30)).toBeGreaterThan(5);
  expect(onCandidate(at70)).toBeGreaterThan(onCandidate(at30));
  at30.forEach((revision, n) => {
    if (revision === candidate()) expect(at70[n]).toBe(candidate());
  });
});

describe.each(['FAIL', 'BAD-REQUEST', 'HANG'])(
  'a candidate that fails before its first byte (%s)',
  (prompt) => {
    test.each(['plain', 'streamed'])('is answered by stable and charged: %s', async (kind) => {
      stage.putRoute([{ timeouts: { firstToken: '300ms', total: '600ms' } }], {
        rollout: { strategy: 'Immediate' },
      });
      await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
      stage.putRelease(prompt);
      await stage.until((status) => status.step?.weight === 50);
      const some = users.slice(0, 16);
      const answers = await Promise.all(
        some.map(async (user) =>
          kind === 'plain' ? (await ask(stage, user)).revision : (await askStream(stage, user)).revision,
        ),
      );
      expect(new Set(answers)).toEqual(new Set([stable()]));
      const charged = Object.values(stage.outcomes(candidate())).reduce((sum, count) => sum + count, 0);
      const [outcome] = Object.keys(stage.outcomes(candidate()));
      expect(outcome).toBe({ FAIL: 'upstream_5xx', 'BAD-REQUEST': 'upstream_4xx', HANG: 'timeout' }[prompt]);
      expect(charged).toBeGreaterThan(0);
      // What stable answered for the candidate is no evidence for stable.
      expect(stage.outcomes(stable())).toEqual({ success: some.length - charged });
      const rescued = (await stage.records()).filter(
        (record) => record['sluice.rescued.from'] === candidate(),
      );
      expect(rescued).toHaveLength(charged);
    });
  },
);

test('an error in the first event of a stream is a failure before the first byte', async () => {
  stage.putRelease('EVENT');
  await stage.until((status) => status.step?.weight === 50);
  for (const user of users.slice(0, 12)) expect((await askStream(stage, user)).text).toBe('Hello');
  expect(stage.outcomes(candidate()).upstream_5xx).toBeGreaterThan(0);
});

test("what stable refuses too is the caller's fault and is charged to nobody", async () => {
  stage.putRelease('You are B.');
  await stage.until((status) => status.step?.weight === 50);
  const wrong = { messages: [{ role: 'user' as const, content: 'BAD-REQUEST' }] };
  for (const user of users.slice(0, 12))
    await expect(ask(stage, user, wrong)).rejects.toMatchObject({ status: 400 });
  expect(stage.outcomes(candidate())).toEqual({});
  expect(stage.outcomes(stable())).toEqual({});
});

test('variables that only the candidate asks for are its own fault', async () => {
  stage.putRelease('You are {{who}}.', {
    prompt: { variables: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } } },
  });
  await stage.until((status) => status.step?.weight === 50);
  for (const user of users.slice(0, 12)) expect((await ask(stage, user)).revision).toBe(stable());
  expect(stage.outcomes(candidate()).upstream_4xx).toBeGreaterThan(0);
});

test('without rescue the caller sees the failure', async () => {
  stage.putRelease('FAIL', { rollout: held(99, { rescue: false }) });
  await stage.until((status) => status.step?.weight === 99);
  await expect(ask(stage, 'user-1')).rejects.toMatchObject({ status: 500 });
});

test('a fallback answers, and the first failure is charged all the same', async () => {
  stage.putRoute([{ model: 'model-down' }, { model: 'model-a' }], { rollout: { strategy: 'Immediate' } });
  const { stableRevision } = await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
  expect(stage.outcomes(stableRevision!)).toEqual({ upstream_5xx: 1 });
  expect((await stage.records())[0]).toMatchObject({
    'sluice.fallback': true,
    'sluice.backend': 'b1',
    'sluice.outcome': 'success',
  });
});

test('a degraded answer where every backend failed', async () => {
  const over = {
    rollout: { strategy: 'Immediate' },
    onExhausted: { degraded: { content: 'Later, please.' } },
  };
  stage.putRoute([{ model: 'model-down' }], over);
  await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
  expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Later, please.');
  expect((await askStream(stage, 'u')).text).toBe('Later, please.');
  expect((await stage.records())[0]).toMatchObject({
    'sluice.degraded': true,
    'sluice.outcome': 'upstream_5xx',
  });
});

test('a stream that breaks ends in an error event, without [DONE]', async () => {
  stage.putRelease('BREAK', { rollout: { strategy: 'Immediate' } });
  await stage.until((status) => status.attempt === 2);
  const { statusCode, body } = await request(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', stream: true, messages: [] }),
  });
  const text = await body.text();
  expect(statusCode).toBe(200);
  expect(text).toContain('"code":"stream_interrupted"');
  expect(text).not.toContain('[DONE]');
  expect(stage.outcomes(stable())).toEqual({ stream_interrupted: 1 });
  await expect(askStream(stage, 'u')).rejects.toThrow();
});

test('a caller that goes away takes the call to the provider with it, and is charged to nobody', async () => {
  stage.putRelease('HANG', { rollout: { strategy: 'Immediate' } });
  await stage.until((status) => status.attempt === 2);
  const abort = new AbortController();
  const call = stage.client.chat.completions.create(
    { model: 'triage', stream: true, messages: [{ role: 'user', content: 'x' }] },
    { signal: abort.signal },
  );
  while (stage.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  abort.abort();
  await expect(call).rejects.toThrow();
  while ((await stage.records()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(stage.outcomes(stable())).toEqual({ client_cancelled: 1 });
});

test.each([
  ['REFUSE', {}, 'refusal'],
  ['CUT', {}, 'truncated'],
  ['plain text', { responseSchema: { type: 'object' } }, 'schema_invalid'],
])('the outcome of an answer: %s', async (content, prompt, outcome) => {
  stage.putRelease(content, { rollout: { strategy: 'Immediate' }, prompt });
  await stage.until((status) => status.attempt === 2);
  await ask(stage, 'u');
  await askStream(stage, 'u');
  expect(stage.outcomes(stable())).toEqual({ [outcome]: 2 });
});

test('a planted key is in nothing that leaves', async () => {
  await ask(stage, 'u');
  await askStream(stage, 'u');
  const pages = await Promise.all(
    ['/metrics', '/evidence'].map(async (path) => (await request(stage.gateway.adminUrl + path)).body.text()),
  );
  const told = JSON.stringify([
    pages,
    await stage.records(),
    [...stage.store.list('ModelProvider')],
    stage.store.events,
  ]);
  expect(told).toContain('sluice_gateway_calls_total');
  expect(told).not.toContain(KEY);
});

test.each([401, 400])(
  'a provider that repeats the key in its %d does not tell the caller',
  async (status) => {
    const echo = createServer((call, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      call.resume().once('end', () => {
        response.end(JSON.stringify({ error: { message: `wrong: ${call.headers.authorization}` } }));
      });
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const baseURL = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/v1`;
    stage.store.put({
      kind: 'ModelProvider',
      metadata: { name: 'echo', namespace: 'support' },
      spec: { dialect: 'OpenAI', baseURL, auth: { secretRef: { name: 'sim', key: 'key' } } },
    });
    stage.putRoute([{ providerRef: { name: 'echo' } }], { rollout: { strategy: 'Immediate' } });
    await stage.until((each) => each.attempt === 2, 'ModelRoute', 'fast');
    const { statusCode, body } = await request(`${stage.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'triage', messages: [] }),
    });
    const text = await body.text();
    echo.close();
    expect(statusCode).toBe(502);
    expect(text).toContain('provider_error');
    expect(text + JSON.stringify(await stage.records())).not.toContain(KEY);
  },
);

test('what is refused before any provider is asked is counted by its code', async () => {
  await stage.client.chat.completions.create({ model: 'nobody', messages: [] }).catch(() => {});
  const metrics = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
  expect(metrics).toContain('sluice_gateway_refused_total{code="model_not_found"} 1');
});
