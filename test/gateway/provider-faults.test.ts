import { connect } from 'node:net';
import { request } from 'undici';
import {
  type Asked,
  answerJson,
  begin,
  chunk,
  completion,
  type ScriptedProvider,
  scriptedProvider,
} from './provider.ts';
import { ask, askStream, KEY, type Stage, startStage } from './stage.ts';

let stage: Stage;
let provider: ScriptedProvider;
let answer: (asked: Asked) => void;
beforeEach(async () => {
  stage = await startStage([{ match: {}, answer: 'Hello' }]);
  provider = await scriptedProvider((asked) => answer(asked));
  stage.putProvider('scripted', { baseURL: provider.baseURL });
  await route();
});
afterEach(async () => {
  await stage.stop();
  await provider.stop();
});

/** Sends the release's calls to the scripted provider. */
async function route(timeouts = { firstToken: '5s', total: '20s' }, attempt = 2): Promise<void> {
  stage.putRoute([{ providerRef: { name: 'scripted' }, timeouts }], { rollout: { strategy: 'Immediate' } });
  await stage.until((status) => status.attempt === attempt, 'ModelRoute', 'fast');
}

const outcomes = () => stage.outcomes(stage.status().stableRevision!);

async function eventually(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A streamed call whose bytes are read by hand. */
function openStream() {
  return request(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', stream: true, messages: [] }),
  });
}

describe('a provider that answers with an error', () => {
  test('is passed on as it came, with its type and its word when to come again', async () => {
    answer = ({ response }) => {
      response.writeHead(429, {
        'content-type': 'application/problem+json',
        'retry-after': '7',
        'x-ratelimit-remaining-requests': '0',
        'set-cookie': 'a=b',
        'x-internal-host': 'node-7',
      });
      response.end('{"error":{"message":"slow down"}}');
    };
    const { statusCode, headers, body } = await openStream();
    expect(statusCode).toBe(429);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '7',
      'x-ratelimit-remaining-requests': '0',
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['set-cookie']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-internal-host']));
    expect(await body.text()).toBe('{"error":{"message":"slow down"}}');
    expect(outcomes()).toEqual({ rate_limited: 1 });
  });

  test('and what it says is left of its limits is shown, with a stream that comes as well', async () => {
    const of = '{namespace="support",provider="scripted",model="model-a",of="tokens"}';
    const shown = async () => (await fetch(`${stage.gateway.adminUrl}/metrics`)).text();
    const headers = { 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '0' };
    answer = ({ response }) => answerJson(response, 429, '{}', headers);
    await (await openStream()).body.dump();
    expect(await shown()).toContain(`sluice_gateway_rate_limit${of} 1000\n`);
    expect(await shown()).toContain(`sluice_gateway_rate_limit_remaining${of} 0\n`);
    answer = ({ response }) => {
      response.setHeader('x-ratelimit-remaining-tokens', '970');
      begin(response, chunk('Hi', 'stop'), 'data: [DONE]\n\n');
      response.end();
    };
    await (await openStream()).body.dump();
    expect(await shown()).toContain(`sluice_gateway_rate_limit_remaining${of} 970\n`);
  });

  test('of 500 that quotes the key is replaced', async () => {
    answer = ({ request: { headers }, response }) =>
      answerJson(response, 500, JSON.stringify({ error: { message: `wrong: ${headers.authorization}` } }));
    const { statusCode, body } = await openStream();
    expect(statusCode).toBe(502);
    expect(await body.text()).not.toContain(KEY);
  });

  test('may not send the key elsewhere', async () => {
    const elsewhere = await scriptedProvider(({ response }) => answerJson(response, 200, completion()));
    answer = ({ response }) => answerJson(response, 307, '', { location: elsewhere.baseURL });
    await expect(ask(stage, 'u')).rejects.toMatchObject({ status: 502 });
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.stop();
  });
});

test('a provider that is not there is a 502, one that is silent a 504', async () => {
  answer = () => undefined;
  await route({ firstToken: '100ms', total: '200ms' }, 3);
  await expect(ask(stage, 'u')).rejects.toMatchObject({ status: 504, code: 'provider_timeout' });
  await expect(askStream(stage, 'u')).rejects.toMatchObject({ status: 504, code: 'provider_timeout' });
  expect(outcomes()).toEqual({ timeout: 2 });
  await provider.stop();
  await expect(ask(stage, 'u')).rejects.toMatchObject({ status: 502, code: 'provider_unreachable' });
  expect(outcomes()).toEqual({ timeout: 2, upstream_5xx: 1 });
  provider = await scriptedProvider(answer);
});

describe('the flag that asks for usage', () => {
  test('is not given up because of a 400 that the caller brought about', async () => {
    answer = ({ body, response }) => {
      if (body.temperature !== undefined)
        return answerJson(
          response,
          400,
          '{"error":{"message":"temperature: \'stream_options\' is no number"}}',
        );
      begin(response, chunk('Hello', 'stop'), 'data: [DONE]\n\n');
      response.end();
    };
    await expect(askStream(stage, 'u', { temperature: 'stream_options' })).rejects.toMatchObject({
      status: 400,
    });
    await askStream(stage, 'u');
    expect(provider.asked.at(-1)?.body.stream_options).toEqual({ include_usage: true });
  });

  test('is left out for a provider that refuses it, even where the caller asked', async () => {
    answer = ({ body, response }) => {
      if (body.stream_options !== undefined)
        return answerJson(response, 400, '{"error":{"message":"unknown field: stream_options"}}');
      begin(response, chunk('Hello', 'stop'), 'data: [DONE]\n\n');
      response.end();
    };
    const asking = { stream_options: { include_usage: true } };
    expect((await askStream(stage, 'u', asking)).text).toBe('Hello');
    expect((await askStream(stage, 'u', asking)).text).toBe('Hello');
    expect(provider.asked.map(({ body }) => 'stream_options' in body)).toEqual([true, false, false]);
    expect(outcomes()).toEqual({ success: 2 });
  });
});

describe('a stream', () => {
  test('that says nothing but [DONE] is a failure before the first byte', async () => {
    answer = ({ response }) => {
      begin(response, 'data: [DONE]\n\n');
      response.end();
    };
    await expect(askStream(stage, 'u')).rejects.toMatchObject({ status: 502 });
    expect(outcomes()).toEqual({ upstream_5xx: 1 });
  });

  test('ends with [DONE], though the provider holds the connection', async () => {
    answer = ({ response }) => begin(response, chunk('Hello', 'stop'), 'data: [DONE]\n\n');
    const { body } = await openStream();
    expect(await body.text()).toContain('[DONE]');
    await eventually(() => outcomes().success === 1);
  });

  test('whose caller hangs up at [DONE] was a success', async () => {
    answer = ({ response }) => begin(response, chunk('Hello', 'stop'), 'data: [DONE]\n\n');
    const { body } = await openStream();
    for await (const bytes of body) if (String(bytes).includes('[DONE]')) break;
    await eventually(() => Object.keys(outcomes()).length > 0);
    expect(outcomes()).toEqual({ success: 1 });
  });

  test('keeps its [DONE] where the provider leaves the blank line out', async () => {
    answer = ({ response }) => {
      begin(response, chunk('Hello', 'stop'), 'data: [DONE]');
      response.end();
    };
    const { body } = await openStream();
    expect((await body.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('with an error in the middle is passed on with it, ends, and is charged', async () => {
    answer = ({ response }) => {
      begin(response, chunk('Hel'), 'data: {"error":{"message":"overloaded","code":503}}\n\n', chunk('lo'));
      response.end();
    };
    const { body } = await openStream();
    const text = await body.text();
    expect(text).toContain('overloaded');
    expect(text).not.toContain('lo"}');
    expect(text).not.toContain('[DONE]');
    expect(outcomes()).toEqual({ upstream_5xx: 1 });
  });

  test('ends with the error in it, and is charged, though the provider holds the connection', async () => {
    await route({ firstToken: '5s', total: '3s' }, 3);
    answer = ({ response }) =>
      begin(response, chunk('Hel'), 'data: {"error":{"message":"overloaded","code":503}}\n\n');
    const begun = performance.now();
    const { body } = await openStream();
    expect((await body.text()).match(/"error"/g)).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(2_500);
    await eventually(() => outcomes().upstream_5xx === 1);
  });

  test('with an error in the middle that quotes the key ends in an error of the gateway’s', async () => {
    answer = ({ response }) => {
      begin(response, chunk('Hel'), `data: {"error":{"message":"no such key: ${KEY}","code":401}}\n\n`);
      response.end();
    };
    const { body } = await openStream();
    const text = await body.text();
    expect(text).not.toContain(KEY);
    expect(text).toContain('"code":"stream_interrupted"');
    expect(outcomes()).toEqual({ upstream_4xx: 1 });
  });

  test('that takes longer than the whole call may ends in an error event, as a timeout', async () => {
    answer = ({ response }) => begin(response, chunk('Hel'));
    await route({ firstToken: '5s', total: '300ms' }, 3);
    const { body } = await openStream();
    expect(await body.text()).toContain('"code":"provider_timeout"');
    expect(outcomes()).toEqual({ timeout: 1 });
  });

  test('is given up at the provider when the caller goes', async () => {
    let gone = false;
    answer = ({ response }) => {
      response.once('close', () => {
        gone = true;
      });
      begin(response, chunk('Hel'));
    };
    const call = await stage.client.chat.completions.create({ model: 'triage', stream: true, messages: [] });
    for await (const _first of call) break;
    await eventually(() => gone);
    await eventually(() => Object.keys(outcomes()).length > 0);
    expect(outcomes()).toEqual({ client_cancelled: 1 });
  });

  test('that goes on while its caller hangs up harms nobody else', async () => {
    answer = ({ response }) => {
      begin(response, chunk('x'));
      const more = setInterval(() => response.write(chunk('y'.repeat(1000)).repeat(20)), 1);
      response.once('close', () => clearInterval(more));
    };
    for (let n = 0; n < 20; n++) {
      const { body } = await openStream();
      for await (const _bytes of body) break;
    }
    await eventually(() => outcomes().client_cancelled === 20);
    expect(Object.keys(outcomes())).toEqual(['client_cancelled']);
  });

  test('that its caller does not read waits, is bounded, and is never the provider’s fault', async () => {
    let sent = 0;
    answer = ({ response }) => {
      begin(response, chunk('x'));
      const text = chunk('y'.repeat(60_000));
      const more = () => {
        while (!response.destroyed && sent < 500_000_000) {
          sent += text.length;
          if (!response.write(text)) return void response.once('drain', more);
        }
      };
      more();
    };
    await route({ firstToken: '5s', total: '3s' }, 3);
    const { body } = await openStream();
    body.on('error', () => undefined);
    // Longer than the whole call may take: the clocks stand still.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(outcomes()).toEqual({});
    expect(sent).toBeLessThan(100_000_000);
    body.destroy();
    await eventually(() => Object.keys(outcomes()).length > 0);
    expect(outcomes()).toEqual({ client_cancelled: 1 });
  });
});

test('a candidate is not charged for a key that has yet to be read', async () => {
  answer = ({ response }) => answerJson(response, 200, completion());
  const { secret } = stage.store;
  let read = false;
  stage.store.secret = async (...where) => {
    if (where[1] !== 'late') return secret(...where);
    await new Promise((resolve) => setTimeout(resolve, 300));
    read = true;
    return KEY;
  };
  stage.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'late', namespace: 'support' },
    spec: { dialect: 'OpenAI', baseURL: provider.baseURL, auth: { secretRef: { name: 'late', key: 'key' } } },
  });
  stage.putRoute([{ providerRef: { name: 'late' } }], { rollout: { strategy: 'Immediate' } });
  while (!read) await ask(stage, 'u');
  await stage.until((status) => status.attempt === 3, 'ModelRoute', 'fast');
  await ask(stage, 'u');
  expect(Object.keys(outcomes())).toEqual(['success']);
});

test('a gateway that stops finishes the calls it has, tells probes, and takes no connection over', async () => {
  let finish = () => {};
  answer = ({ response }) => {
    finish = () => answerJson(response, 200, completion());
  };
  const call = ask(stage, 'u');
  await eventually(() => provider.asked.length === 1);
  const begun = performance.now();
  const stopped = stage.gateway.stop(10_000);
  expect((await request(`${stage.gateway.adminUrl}/readyz`)).statusCode).toBe(503);
  finish();
  expect((await call).data.choices[0]?.message.content).toBe('Hello');
  await stopped;
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('a call that a caller gives up is not tried on the next backend', async () => {
  answer = () => undefined;
  const backend = { providerRef: { name: 'scripted' } };
  stage.putRoute([backend, backend, backend], { rollout: { strategy: 'Immediate' } });
  await stage.until((status) => status.attempt === 3, 'ModelRoute', 'fast');
  const abort = new AbortController();
  const call = stage.client.chat.completions.create(
    { model: 'triage', messages: [] },
    { signal: abort.signal },
  );
  await eventually(() => provider.asked.length === 1);
  abort.abort();
  await expect(call).rejects.toThrow();
  await eventually(() => outcomes().client_cancelled === 1);
  expect(provider.asked).toHaveLength(1);
});

test.each(['//', '/evidence?uid=%ff&uid=__proto__', '/..', '/%'])('the admin port bears %s', async (path) => {
  const { hostname, port } = new URL(stage.gateway.adminUrl);
  const line = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
    );
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(String(bytes).split('\r\n', 1)[0]!);
    });
    socket.once('error', reject);
  });
  expect(line).toMatch(/^HTTP\/1\.1 [24]/);
  expect((await request(`${stage.gateway.adminUrl}/healthz`)).statusCode).toBe(200);
});

test.each(['yes', 1, {}, []])(
  'stream: %j is refused, whatever a provider would make of it',
  async (stream) => {
    const { statusCode, body } = await request(`${stage.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'triage', stream, messages: [] }),
    });
    expect(statusCode).toBe(400);
    expect(await body.json()).toMatchObject({ error: { code: 'invalid_request', param: 'stream' } });
    expect(provider.asked).toEqual([]);
  },
);
