import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { request } from 'undici';
import { CALLER_LIMITS } from '../../src/gateway/limits.ts';
import { eventually } from '../eventually.ts';
import { answerJson, begin, chunk, completion, type ScriptedProvider, scriptedProvider } from './provider.ts';
import { type RawCaller, rawCaller } from './raw-caller.ts';
import { ask, type Stage, startStage } from './stage.ts';

const MIB = 1024 * 1024;
const PATH = '/v1/chat/completions';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let stage: Stage;
let provider: ScriptedProvider;
/** TCP connections of this process, at either end, when nobody calls. */
let atRest: number;

beforeAll(async () => {
  // No connection to it is kept: what is counted then are callers' alone.
  provider = await scriptedProvider(({ body, response }) => {
    response.shouldKeepAlive = false;
    const text = JSON.stringify(body.messages);
    if (text.includes('ENDLESS')) return begin(response, chunk('Hel'));
    if (text.includes('HANG')) return;
    answerJson(response, 200, completion(text.includes('LONG') ? 'x'.repeat(32 * MIB) : 'Hello'));
  });
  stage = await startStage([{ match: {}, answer: 'Hello' }]);
  await servedBy(stage);
  atRest = connections();
});
afterAll(async () => {
  await stage?.stop();
  await provider?.stop();
});

/** Puts the scripted provider in the place of the simulator. */
async function servedBy(on: Stage): Promise<void> {
  on.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'scripted', namespace: 'support' },
    spec: { dialect: 'OpenAI', baseURL: provider.baseURL },
  });
  on.putRoute([{ providerRef: { name: 'scripted' } }], { rollout: { strategy: 'Immediate' } });
  await on.until((status) => status.attempt === 2, 'ModelRoute', 'fast');
}

const connections = () => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;

/** Nothing is left of whoever called: no connection at either end, no call under way; and others are served. */
async function nothingIsLeft(on = stage): Promise<void> {
  await eventually(
    () => `${connections()} connections, ${atRest} at rest`,
    () => connections() <= atRest,
  );
  await eventually('calls are under way', async () =>
    (await (await request(`${on.gateway.adminUrl}/metrics`)).body.text()).includes(
      'sluice_gateway_calls_in_flight 0\n',
    ),
  );
  const { statusCode, body } = await request(`${on.gateway.url}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(await body.json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
  expect(statusCode).toBe(200);
}

const json = { 'content-type': 'application/json' };
const innocent = { model: 'triage', messages: [{ role: 'user', content: 'hi' }] };

function head(line: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: 'gateway', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${line}\r\n${lines.join('')}\r\n`;
}

/** A whole call, of these bytes. */
function post(body: string | Buffer, headers: Record<string, string> = json, path = PATH): Buffer {
  const bytes = Buffer.from(body);
  const all = { 'content-length': String(bytes.length), ...headers };
  return Buffer.concat([Buffer.from(head(`POST ${path} HTTP/1.1`, all)), bytes]);
}

const call = (over: object) => post(JSON.stringify({ ...innocent, ...over }));
const raw = (headers: string[], body: string) =>
  `POST ${PATH} HTTP/1.1\r\nhost: gateway\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n${body}`;
const chunked = (body: string) =>
  `${head(`POST ${PATH} HTTP/1.1`, { ...json, 'transfer-encoding': 'chunked' })}${body}`;
const get = (path: string, method = 'GET') => head(`${method} ${path} HTTP/1.1`);

const bomb = Buffer.alloc(16 * MIB, ' ');
const smuggled = get('/v1/models');
const length = Buffer.byteLength(JSON.stringify(innocent));

type Row = [name: string, bytes: string | Buffer, status: number, code: string];

/** Each is one request, and what its caller gets: a status, with an error in OpenAI's form of that code. */
const ATTACKS: Row[] = [
  // How long it is.
  ['a header of 64 KiB', head(`POST ${PATH} HTTP/1.1`, { x: 'x'.repeat(65_536) }), 431, 'headers_too_large'],
  [
    '3,000 headers',
    `POST ${PATH} HTTP/1.1\r\nhost: g\r\n${'x-padding-header: 1\r\n'.repeat(3_000)}\r\n`,
    431,
    'headers_too_large',
  ],
  ['a path of 64 KiB', get(`/${'x'.repeat(65_536)}`), 431, 'headers_too_large'],
  [
    'a body that says it is too long',
    head(`POST ${PATH} HTTP/1.1`, { 'content-length': String(11 * MIB) }),
    413,
    'body_too_large',
  ],
  [
    'a body too long, in chunks, that does not say so',
    chunked(`${(10 * MIB + 1).toString(16)}\r\n${'x'.repeat(10 * MIB + 1)}`),
    413,
    'body_too_large',
  ],
  [
    'a length beyond what a number holds',
    raw(['content-length: 99999999999999999999999'], ''),
    400,
    'malformed_request',
  ],
  ['a chunk with extensions of 64 KiB', chunked(`1;${'x'.repeat(65_536)}`), 413, 'body_too_large'],

  // Where it begins and ends.
  [
    'two lengths that differ',
    raw([`content-length: ${length}`, 'content-length: 3'], JSON.stringify(innocent)),
    400,
    'malformed_request',
  ],
  [
    'the same length twice',
    raw([`content-length: ${length}`, `content-length: ${length}`], JSON.stringify(innocent)),
    400,
    'malformed_request',
  ],
  [
    'a length and chunks (CL.TE)',
    raw(['content-length: 5', 'transfer-encoding: chunked'], `0\r\n\r\n${smuggled}`),
    400,
    'malformed_request',
  ],
  [
    'chunks and a length (TE.CL)',
    raw(['transfer-encoding: chunked', 'content-length: 5'], `0\r\n\r\n${smuggled}`),
    400,
    'malformed_request',
  ],
  [
    'chunks that are not the last coding',
    raw(['transfer-encoding: chunked, identity'], '0\r\n\r\n'),
    400,
    'malformed_request',
  ],
  [
    'a coding that is nearly chunked',
    raw(['transfer-encoding: xchunked'], `0\r\n\r\n`),
    400,
    'malformed_request',
  ],
  ['a negative length', raw(['content-length: -1'], ''), 400, 'malformed_request'],
  [
    'a length with a sign',
    raw([`content-length: +${length}`], JSON.stringify(innocent)),
    400,
    'malformed_request',
  ],
  ['a length in hex', raw(['content-length: 0x10'], ''), 400, 'malformed_request'],
  ['a chunk whose size is no number', chunked('zz\r\n{}\r\n0\r\n\r\n'), 400, 'malformed_request'],
  ['a chunk of a negative size', chunked('-1\r\n{}\r\n0\r\n\r\n'), 400, 'malformed_request'],
  ['a chunk whose size overflows', chunked('fffffffffffffffff\r\n{}\r\n'), 400, 'malformed_request'],
  ['a chunk longer than its size', chunked('2\r\n{}}\r\n0\r\n\r\n'), 400, 'malformed_request'],
  ['a header folded over two lines', raw(['x: a', ' folded: yes'], ''), 400, 'malformed_request'],
  ['a space before the colon', raw([`content-length : ${length}`], ''), 400, 'malformed_request'],
  ['a header without a name', raw([': nothing'], ''), 400, 'malformed_request'],
  ['NUL in a header', raw(['x: a\0b'], ''), 400, 'malformed_request'],
  ['a bare CR in a header', raw(['x: a\rtransfer-encoding: chunked'], ''), 400, 'malformed_request'],
  ['lines that end in LF alone', 'GET /v1/models HTTP/1.1\nhost: gateway\n\n', 400, 'malformed_request'],

  // What kind of request it is.
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed_request'],
  ['a version that there is not', head('GET /v1/models HTTP/9.9'), 400, 'malformed_request'],
  ['no Host', 'GET /v1/models HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
  ['an expectation', head(`POST ${PATH} HTTP/1.1`, { expect: 'a-miracle' }), 417, 'expectation_failed'],
  ['CONNECT', head('CONNECT internal.example:443 HTTP/1.1'), 405, 'method_not_allowed'],
  ['TRACE', get(PATH, 'TRACE'), 405, 'method_not_allowed'],
  ['DELETE', get('/v1/models', 'DELETE'), 405, 'method_not_allowed'],
  ['a method of its own', get('/v1/models', 'STEAL'), 400, 'malformed_request'],
  ['OPTIONS of everything', get('*', 'OPTIONS'), 404, 'unknown_path'],
  ['an absolute address', get('http://169.254.169.254/latest/meta-data'), 404, 'unknown_path'],
  ['the priority of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
  ['a path with dots', get('/v1/../metrics'), 404, 'unknown_path'],
  ['a path with two slashes', get('//v1/models'), 404, 'unknown_path'],
  ['a path that is written otherwise', get('/v1/%6dodels'), 404, 'unknown_path'],
  ['the admin port by another path', get('/metrics'), 404, 'unknown_path'],
  ['a path of every object', get('/__proto__'), 404, 'unknown_path'],
  ['a model with dots in its path', get('/v1/models/..%2f..%2fsecrets'), 404, 'model_not_found'],
  ['a model that is half written', get('/v1/models/%E0%A4%A'), 404, 'model_not_found'],
  ['a model with a line break', get('/v1/models/a%0d%0aset-cookie:%20a=b'), 404, 'model_not_found'],

  // What the body is.
  ['no body', post(''), 400, 'malformed_json'],
  ['half a body of JSON', post('{"model": "triage"'), 400, 'malformed_json'],
  ['a list', post('[]'), 400, 'malformed_json'],
  ['two bodies of JSON', post('{}{}'), 400, 'malformed_json'],
  ['NUL bytes', post(Buffer.alloc(1_000)), 400, 'malformed_json'],
  [
    'invalid UTF-8',
    post(Buffer.from('{"model": "triage", "messages": [{"role": "user", "content": "\xff\xfe"}]}', 'latin1')),
    400,
    'malformed_json',
  ],
  ['UTF-16', post(Buffer.from(JSON.stringify(innocent), 'utf16le')), 400, 'malformed_json'],
  [
    'another charset',
    post('{}', { 'content-type': 'application/json; charset=utf-16' }),
    415,
    'unsupported_media_type',
  ],
  ['a page of XML', post('<a/>', { 'content-type': 'text/xml' }), 415, 'unsupported_media_type'],
  [
    'a page of HTML',
    post(JSON.stringify(innocent), { 'content-type': 'text/html' }),
    415,
    'unsupported_media_type',
  ],
  [
    'parts of a form',
    post('--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
    415,
    'unsupported_media_type',
  ],
  ['a bomb of gzip', post(gzipSync(bomb), { 'content-encoding': 'gzip' }), 415, 'unsupported_encoding'],
  ['a bomb of br', post(brotliCompressSync(bomb), { 'content-encoding': 'br' }), 415, 'unsupported_encoding'],
  [
    'a bomb of deflate',
    post(deflateSync(bomb), { 'content-encoding': 'Deflate' }),
    415,
    'unsupported_encoding',
  ],
  [
    'a bomb of zstd',
    post(zstdCompressSync(bomb), { 'content-encoding': 'zstd' }),
    415,
    'unsupported_encoding',
  ],
  ['a bomb in a bomb', post('x', { 'content-encoding': 'gzip, identity' }), 415, 'unsupported_encoding'],
  [
    'a bomb as a transfer coding',
    raw(['transfer-encoding: gzip, chunked'], '0\r\n\r\n'),
    415,
    'unsupported_encoding',
  ],
  ['10 MB of brackets', post('['.repeat(10 * MIB)), 400, 'invalid_request'],
  ['10 MB of objects in objects', post('{"a":'.repeat(2 * MIB)), 400, 'invalid_request'],
  ['10 MB of empty lists side by side', post(`{"a":[${'[],'.repeat(3 * MIB)}0]}`), 400, 'invalid_request'],
  ['10 MB of numbers', post(`{"a":[${'0,'.repeat(5 * MIB - 10)}0]}`), 400, 'invalid_request'],
  [
    '10 MB of names, each of its own',
    post(`{${Array.from({ length: 800_000 }, (_, n) => `"k${n}":0`).join()}}`),
    400,
    'invalid_request',
  ],
  ['a number beyond all', post('{"model": "triage", "messages": [], "seed": 1e999}'), 400, 'invalid_request'],
  ['a number of 400 digits', post(`{"model": "triage", "n": ${'9'.repeat(400)}}`), 400, 'invalid_request'],
  ['a model that is none', call({ model: { $ne: null } }), 400, 'invalid_request'],
  ['a model of every object', call({ model: '__proto__' }), 404, 'model_not_found'],
  ['a model from another tree', call({ model: '../../etc/passwd' }), 404, 'model_not_found'],
  ['a model with a line break in it', call({ model: 'a\r\nset-cookie: a=b' }), 404, 'model_not_found'],
  ['a stream that is nearly one', call({ stream: 'yes' }), 400, 'invalid_request'],
  ['messages that are none', call({ messages: { length: 1e9 } }), 400, 'invalid_request'],
  ['variables that are a list', call({ metadata: { variables: [1] } }), 400, 'invalid_variables'],
  [
    '100,001 variables in lists',
    call({ metadata: { variables: { a: Array.from({ length: 100_001 }, () => []) } } }),
    400,
    'invalid_request',
  ],
];

test('there are as many rows as are promised', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(40);
});

test.each(ATTACKS)('%s is refused', async (_name, bytes, status, code) => {
  const caller = await rawCaller(stage.gateway.url);
  caller.socket.write(bytes);
  const answer = await caller.answer();
  expect(answer.status).toBe(status);
  const { error } = JSON.parse(answer.body) as { error: Record<string, unknown> };
  expect(error).toEqual({
    message: expect.any(String),
    type: 'invalid_request_error',
    param: error.param === null ? null : expect.any(String),
    code,
  });
  expect(answer.headers).not.toMatch(/^set-cookie/im);
  expect(answer.body.length).toBeLessThan(1_000);
  caller.socket.destroy();
  await caller.closed;
  // What stands in the body of one request is not answered as another.
  expect(caller.received().match(/HTTP\/1.1 /g)).toHaveLength(1);
});

test('nothing is left of all of them', () => nothingIsLeft());

/** Memory that is in use, in bytes. */
async function inUse(): Promise<number> {
  // What has ended is let go of in later turns.
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('a thousand of them leave no memory behind', async () => {
  const small = ATTACKS.filter(([, bytes]) => bytes.length < 16_384);
  const round = async () => {
    for (const [, bytes] of small) {
      const caller = await rawCaller(stage.gateway.url);
      caller.socket.write(bytes);
      await caller.answer();
      caller.socket.destroy();
      await caller.closed;
    }
  };
  const rounds = Math.ceil(1_000 / small.length);
  for (let n = 0; n < rounds; n++) await round();
  await nothingIsLeft();
  const before = await inUse();
  for (let n = 0; n < rounds; n++) await round();
  await nothingIsLeft();
  // Less than two kilobytes each: a request that is kept takes more.
  expect((await inUse()) - before).toBeLessThan(1_000 * 2_048);
}, 60_000);

/** Each is served like any other call, and no worse for the next. */
const ODD: [name: string, bytes: Buffer | string][] = [
  ['keys of every object', post('{"model": "triage", "messages": [], "__proto__": {"polluted": 1}}')],
  [
    'variables of every object',
    post('{"model":"triage","messages":[],"metadata":{"variables":{"__proto__":{"polluted":1}}}}'),
  ],
  ['a key twice', post('{"model": "other", "model": "triage", "messages": []}')],
  ['a stop of 9 MB', call({ stop: 'x'.repeat(9 * MIB) })],
  ['20,000 tools', call({ tools: Array.from({ length: 20_000 }, (_, n) => ({ type: 'function', n })) })],
  ['variables of 9 MB', call({ metadata: { variables: { a: 'x'.repeat(9 * MIB) } } })],
  [
    '50,000 parameters',
    post(
      `{"model":"triage","messages":[]${Array.from({ length: 50_000 }, (_, n) => `,"p${n}":1`).join('')}}`,
    ),
  ],
  ['an upgrade', post(JSON.stringify(innocent), { ...json, connection: 'upgrade', upgrade: 'websocket' })],
  [
    'an upgrade to HTTP/2',
    post(JSON.stringify(innocent), { ...json, connection: 'upgrade', upgrade: 'h2c' }),
  ],
];

test.each(ODD)('%s: served', async (_name, bytes) => {
  const caller = await rawCaller(stage.gateway.url);
  caller.socket.write(bytes);
  expect((await caller.answer()).status).toBe(200);
  caller.socket.destroy();
  await caller.closed;
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect(provider.asked.at(-1)?.body).toMatchObject({ model: 'model-a' });
  // What a caller makes up does not fill the records.
  expect(JSON.stringify((await stage.records()).at(-1)).length).toBeLessThan(4_000);
});

test("headers of one hop and a caller's credentials go no further", async () => {
  const caller = await rawCaller(stage.gateway.url);
  const planted = {
    authorization: 'Bearer planted',
    cookie: 'planted=1',
    'x-api-key': 'planted',
    'proxy-authorization': 'Basic planted',
    'x-forwarded-host': 'planted',
    te: 'planted',
    trailer: 'planted',
    'keep-alive': 'planted',
    connection: 'close, x-planted',
    'x-planted': 'planted',
  };
  caller.socket.write(post(JSON.stringify(innocent), { ...json, ...planted }));
  expect((await caller.answer()).status).toBe(200);
  caller.socket.destroy();
  expect(JSON.stringify(provider.asked.at(-1)?.request.headers)).not.toContain('planted');
});

describe('who goes', () => {
  const waiting = async (text: string, over: object) => {
    const before = provider.asked.length;
    const caller = await rawCaller(stage.gateway.url);
    caller.socket.write(call({ messages: [{ role: 'user', content: text }], ...over }));
    await eventually('the provider is asked', () => provider.asked.length > before);
    return { caller, asked: provider.asked.at(-1)! };
  };
  const gone = ({ asked }: Awaited<ReturnType<typeof waiting>>) =>
    eventually('the provider is left too', () => asked.response.destroyed);

  test('in mid-head', async () => {
    const caller = await rawCaller(stage.gateway.url);
    caller.socket.end(`POST ${PATH} HTTP/1.1\r\nhost: g`);
    expect((await caller.answer()).status).toBe(400);
    await caller.closed;
  });

  test('in mid-body', async () => {
    const caller = await rawCaller(stage.gateway.url);
    caller.socket.write(raw(['content-length: 1000'], '{"model": '));
    caller.socket.destroy();
    await caller.closed;
  });

  test('in mid-body, with half the connection', async () => {
    const caller = await rawCaller(stage.gateway.url);
    caller.socket.end(raw(['content-length: 1000'], '{"model": '));
    expect((await caller.answer()).status).toBe(400);
    await caller.closed;
  });

  test('while the provider is silent', async () => {
    const open = await waiting('HANG', {});
    open.caller.socket.destroy();
    await gone(open);
  });

  test('in mid-stream, by a reset', async () => {
    const open = await waiting('ENDLESS', { stream: true });
    await eventually('the stream begins', () => open.caller.received().includes('Hel'));
    open.caller.socket.resetAndDestroy();
    await gone(open);
  });

  test('with the half that asks, while the provider is silent', async () => {
    const open = await waiting('HANG', {});
    open.caller.socket.end();
    await gone(open);
    await open.caller.closed;
    expect(open.caller.received()).toBe('');
  });

  afterAll(() => nothingIsLeft());
});

describe('over one connection', () => {
  test('a second request that is no HTTP spoils no answer to the first', async () => {
    const caller = await rawCaller(stage.gateway.url);
    const before = provider.asked.length;
    caller.socket.write(call({ messages: [{ role: 'user', content: 'HANG' }] }));
    await eventually('the provider is asked', () => provider.asked.length > before);
    caller.socket.write('no HTTP\r\n\r\n');
    await caller.closed;
    expect(caller.received()).toBe('');
  });

  test('some may be asked at once, and are answered in order', async () => {
    const caller = await rawCaller(stage.gateway.url);
    caller.socket.write(
      Buffer.concat([call({}), Buffer.from(get('/v1/models')), Buffer.from(get('/nothing'))]),
    );
    await eventually('three answers', () => caller.received().split('HTTP/1.1 ').length === 4);
    expect(caller.received().match(/HTTP\/1.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
    ]);
    caller.socket.destroy();
  });

  test('not without end', async () => {
    const caller = await rawCaller(stage.gateway.url);
    const hanging = call({ messages: [{ role: 'user', content: 'HANG' }] });
    caller.socket.write(Buffer.concat(Array.from({ length: CALLER_LIMITS.pipelined + 1 }, () => hanging)));
    await caller.closed;
    expect(caller.received()).toBe('');
  });

  afterAll(() => nothingIsLeft());
});

describe('slowly', () => {
  let strict: Stage;
  const most = 30;
  beforeAll(async () => {
    const short = { headersMs: 200, requestMs: 400, checkMs: 20, takingMs: 200, connections: most };
    const limits = { ...CALLER_LIMITS, ...short };
    strict = await startStage([{ match: {}, answer: 'Hello' }], undefined, { limits });
    await servedBy(strict);
    atRest = connections();
  });
  afterAll(() => strict?.stop());
  afterEach(() => nothingIsLeft(strict));

  test.each<[string, string]>([
    ['a connection that says nothing', ''],
    ['a head that does not end', `POST ${PATH} HTTP/1.1\r\nhost: g\r\nx: `],
    ['a body that does not end', raw(['content-length: 1000'], '{"model": ')],
    ['chunks that do not end', chunked('5\r\n{"a":')],
  ])('%s is ended', async (_name, bytes) => {
    const caller = await rawCaller(strict.gateway.url);
    caller.socket.write(bytes);
    const { status, body } = await caller.answer();
    expect(status).toBe(408);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'request_timeout' } });
    caller.socket.end();
    await caller.closed;
  });

  test('an answer that nobody takes is given up', async () => {
    const caller = await rawCaller(strict.gateway.url);
    caller.socket.pause();
    caller.socket.write(call({ messages: [{ role: 'user', content: 'LONG' }] }));
    await eventually('it is given up', () => connections() <= atRest + 1);
    caller.socket.destroy();
  });

  test('more connections than there may be are closed, and those there are go on', async () => {
    const callers = await Promise.all(Array.from({ length: most }, () => rawCaller(strict.gateway.url)));
    const refused: RawCaller = await rawCaller(strict.gateway.url);
    refused.socket.end();
    await refused.closed;
    expect(refused.received()).toBe('');
    callers[0]!.socket.write(call({}));
    expect((await callers[0]!.answer()).status).toBe(200);
    for (const { socket } of callers) socket.destroy();
    await Promise.all(callers.map(({ closed }) => closed));
  });
});

test('an official client is served after all of it', async () => {
  expect((await ask(stage, 'u')).data.choices[0]?.message.content).toBe('Hello');
});
