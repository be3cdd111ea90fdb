import { connect } from 'node:net';
import { request } from 'undici';
import { ask, held, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage([{ match: {}, answer: 'Hello' }]);
});
afterEach(() => stage.stop());

const post = async (
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
) => {
  const response = await request(stage.gateway.url + path, { method: 'POST', body, headers });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    code: (JSON.parse(text) as { error?: { code?: string } }).error?.code,
  };
};

/** Sends bytes as they are and returns the first line that comes back. */
function raw(bytes: string): Promise<string> {
  const { port, hostname } = new URL(stage.gateway.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0]!));
    socket.on('error', reject);
  });
}

const valid = (over: object) => JSON.stringify({ model: 'triage', messages: [], ...over });

describe('hostile requests', () => {
  test.each([
    ['no JSON', '{', 400, 'malformed_json'],
    ['a list', '[]', 400, 'malformed_json'],
    ['null', 'null', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['no model', '{}', 400, 'invalid_request'],
    ['a model that is no name', '{"model": {"a": 1}}', 400, 'invalid_request'],
    ['an unknown model', '{"model": "../../etc"}', 404, 'model_not_found'],
    ['__proto__ as a model', '{"model": "__proto__"}', 404, 'model_not_found'],
    ['a revision as a model', '{"model": "triage-0123456789"}', 404, 'model_not_found'],
    ['messages that are no list', valid({ messages: 7 }), 400, 'invalid_request'],
    ['variables that are no object', valid({ variables: [1] }), 400, 'invalid_variables'],
    ['metadata whose variables are text', valid({ metadata: { variables: 'x' } }), 400, 'invalid_variables'],
  ])('%s', async (_what, body, status, code) => {
    expect(await post(body)).toEqual({ status, code });
  });

  test.each([
    [
      'a polluting body',
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "model": "triage"}',
    ],
    [
      'odd types everywhere',
      valid({
        user: 7,
        stream: 'yes',
        metadata: null,
        conversation: 3,
        tools: 'x',
        response_format: 1,
        stop: {},
      }),
    ],
    ['deep nesting', valid({ extra: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) as unknown })],
  ])('%s is served or refused, and breaks nothing', async (_what, body) => {
    expect((await post(body)).status).toBeLessThan(500);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('nesting that no writer survives is refused, and charged to nobody', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const body = valid({ extra: 0 }).replace('"extra":0', `"extra":${deep}`);
    expect(await post(body)).toEqual({ status: 400, code: 'invalid_request' });
    expect(await post(body.replace('extra', 'variables'))).toEqual({ status: 400, code: 'invalid_request' });
    expect(stage.outcomes(stage.status().stableRevision!)).toEqual({});
  });

  test('a body that is too long', async () => {
    expect(await post(Buffer.alloc(11 * 1024 * 1024, ' '))).toEqual({ status: 413, code: 'body_too_large' });
  });

  test('a compressed body', async () => {
    expect(await post('x', { 'content-encoding': 'gzip' })).toEqual({
      status: 415,
      code: 'unsupported_encoding',
    });
  });

  test('an unknown path and a wrong method', async () => {
    expect(await post('{}', {}, '/v1/evil')).toEqual({ status: 404, code: 'unknown_path' });
    expect(await post('{}', {}, '/v1/models')).toEqual({ status: 405, code: 'method_not_allowed' });
  });

  test.each([
    [
      'both lengths',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two lengths',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    ],
    [
      'a broken chunk',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['a header that folds', 'GET /v1/models HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('framing that two servers could read in two ways: %s', async (_what, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 400/);
  });

  test('a flood of headers', async () => {
    const flood = Array.from({ length: 3000 }, (_, n) => `x-${n}: ${'y'.repeat(20)}\r\n`).join('');
    expect(await raw(`GET /v1/models HTTP/1.1\r\nHost: x\r\n${flood}\r\n`)).toMatch(/^HTTP\/1\.1 431/);
  });

  test('callers choose neither revision nor outcome', async () => {
    stage.putRelease('You are B.', { rollout: held(30) });
    const { stableRevision, candidateRevision } = await stage.until((status) => status.step?.weight === 30);
    const servedBy = async (headers: Record<string, string>) =>
      Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const options = { method: 'POST' as const, headers, body: valid({ user: `user-${n}` }) };
          const answer = await request(`${stage.gateway.url}/v1/chat/completions`, options);
          await answer.body.dump();
          return answer.headers['x-sluice-revision'];
        }),
      );
    const plain = await servedBy({});
    expect(new Set(plain)).toEqual(new Set([stableRevision, candidateRevision]));
    const wish = { 'x-sluice-revision': candidateRevision!, 'x-sluice-outcome': 'upstream_5xx' };
    expect(await servedBy(wish)).toEqual(plain);
    expect(stage.outcomes(candidateRevision!).upstream_5xx).toBeUndefined();
    expect(JSON.stringify(stage.seen.at(-1)?.headers)).not.toContain('sluice-revision');
  });
  afterEach(async () => {
    expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
    const metrics = await (await request(`${stage.gateway.adminUrl}/metrics`)).body.text();
    expect(metrics).toMatch(/^sluice_gateway_calls_in_flight 0$/m);
  });
});

describe('the table', () => {
  test('models are the names to call', async () => {
    const names = (await stage.client.models.list()).data.map(({ id }) => id);
    expect(names).toEqual(['fast', 'triage']);
    expect((await stage.client.models.retrieve('support/triage')).id).toBe('support/triage');
    await expect(stage.client.models.retrieve('nothing')).rejects.toMatchObject({ status: 404 });
  });

  test('a route may be called by itself', async () => {
    const { data } = await ask(stage, 'u', { model: 'fast' });
    expect(data.choices[0]?.message.content).toBe('Hello');
    expect(stage.seen.at(-1)?.body.messages).toEqual([{ role: 'user', content: 'hi' }]);
  });

  test('a status of an older term is ignored', async () => {
    const resource = stage.store.get('PromptRelease', 'support', 'triage')!;
    const current = await stage.store.writeStatus(resource, { ...resource.status, epoch: 5 });
    await stage.until(
      () => stage.gateway.evidence([resource.metadata.uid]).releases[0]?.serving?.epoch === 5,
    );
    await stage.store.writeStatus(current, { ...resource.status, epoch: 4, attempt: 77 });
    stage.putRoute([{ model: 'model-b' }], { rollout: { strategy: 'Immediate' } });
    await stage.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
    expect(stage.gateway.evidence([resource.metadata.uid]).releases[0]?.serving).toMatchObject({
      epoch: 5,
      attempt: 1,
    });
  });

  test('a deleted route and provider go on serving the release; a deleted release is gone', async () => {
    stage.store.remove('ModelProvider', 'support', 'sim');
    stage.store.remove('ModelRoute', 'support', 'fast');
    await expectGone('fast');
    expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
    stage.store.remove('PromptRelease', 'support', 'triage');
    await expectGone('triage');
  });

  async function expectGone(model: string): Promise<void> {
    for (let n = 0; n < 200; n++) {
      const names = (await stage.client.models.list()).data.map(({ id }) => id);
      if (!names.includes(model)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${model} is still there`);
  }
});
