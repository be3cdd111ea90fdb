import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { manualTimers } from '../lib/manual-timers.ts';
import { seriesId } from './prometheus/series.ts';
import type { CustomQueries } from './prometheus/source.ts';
import { type PrometheusEvidenceOptions, prometheusEvidence } from './prometheus.ts';

const ARMS = { stable: 'triage-1', candidate: 'triage-2' };
const COUNTERS: CustomQueries = {
  guardrail: 'conversions',
  prometheus: { bad: 'lost{r="$revision"}', total: 'carts{r="$revision"}' },
};
const TIMES: CustomQueries = { guardrail: 'times', prometheus: { histogram: 'h{r="$revision"}' } };

type Asked = { form: URLSearchParams; request: IncomingMessage; response: ServerResponse };
let server: Server;
let asked: Asked[];
let open: { close(): Promise<void> }[];
/** What is answered to a query: a vector's `result`, or what the test does itself. */
let answer: (asked: Asked) => unknown[] | undefined;

beforeEach(async () => {
  asked = [];
  open = [];
  answer = () => [];
  server = createServer(async (request, response) => {
    const one = { form: new URLSearchParams(await text(request)), request, response };
    asked.push(one);
    const result = answer(one);
    if (result !== undefined) succeed(response, { resultType: 'vector', result });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const each of open) await each.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;

function source(options: Partial<PrometheusEvidenceOptions> = {}) {
  const made = prometheusEvidence({ url: `http://${host()}`, timers: manualTimers(), ...options });
  open.push(made);
  return made;
}

function say(response: ServerResponse, status: number, body: string): undefined {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function succeed(response: ServerResponse, data: object): undefined {
  return say(response, 200, JSON.stringify({ status: 'success', data }));
}

const sample = (value: string, metric: Record<string, string> = {}) => ({ metric, value: [1, value] });

/** The problem of reading `queries` alone. */
async function problem(queries = COUNTERS, options: Partial<PrometheusEvidenceOptions> = {}) {
  const [reading] = await source(options).read([queries], ARMS);
  return 'problem' in reading! ? reading.problem : reading;
}

test('counters of both revisions are asked for at the same instant, and kept by series', async () => {
  answer = ({ form }) => {
    const query = form.get('query')!;
    const pod = (name: string, value: string) => sample(value, { __name__: query.slice(0, 5), pod: name });
    if (query === 'lost{r="triage-2"}') return [];
    return query.startsWith('lost') ? [pod('x', '2')] : [pod('x', '40'), pod('y', '2')];
  };
  const readings = await source({ now: () => 1_435_781_451_781 }).read([COUNTERS], ARMS);
  const carts = {
    [seriesId({ __name__: 'carts', pod: 'x' })]: 40,
    [seriesId({ __name__: 'carts', pod: 'y' })]: 2,
  };
  expect(readings).toEqual([
    {
      guardrail: 'conversions',
      candidate: { bad: {}, total: carts },
      stable: { bad: { [seriesId({ __name__: 'lost{', pod: 'x' })]: 2 }, total: carts },
    },
  ]);
  expect(asked.map(({ form }) => [form.get('query'), form.get('time')]).sort()).toEqual([
    ['carts{r="triage-1"}', '1435781451.781'],
    ['carts{r="triage-2"}', '1435781451.781'],
    ['lost{r="triage-1"}', '1435781451.781'],
    ['lost{r="triage-2"}', '1435781451.781'],
  ]);
  expect(asked[0]!.request).toMatchObject({ method: 'POST', url: '/api/v1/query' });
});

test('histograms are read, native ones too, and warnings are passed over', async () => {
  answer = ({ response }) => {
    const histogram = [1, { count: '3', sum: '2.5', buckets: [[0, '0.5', '1', '3']] }];
    const data = { resultType: 'vector', result: [{ metric: { r: 'x' }, histogram }] };
    return say(
      response,
      200,
      JSON.stringify({ status: 'success', data, warnings: ['odd'], infos: ['as well'] }),
    );
  };
  const pairs = [
    [0.5, 0],
    [1, 3],
    [Number.POSITIVE_INFINITY, 3],
  ];
  const arm = { histograms: { [seriesId({ r: 'x' })]: pairs } };
  expect(await source().read([TIMES], ARMS)).toEqual([{ guardrail: 'times', candidate: arm, stable: arm }]);
});

test('a revision without series has counted nothing; that neither has any is a problem', async () => {
  answer = ({ form }) => (form.get('query') === 'carts{r="triage-1"}' ? [sample('7')] : []);
  expect(await source().read([COUNTERS], ARMS)).toEqual([
    {
      guardrail: 'conversions',
      candidate: { bad: {}, total: {} },
      stable: { bad: {}, total: { [seriesId({})]: 7 } },
    },
  ]);
  answer = () => [];
  expect(await problem()).toMatch(/^total: no series of triage-2 or triage-1: .*scraped/);
  expect(await problem(TIMES)).toMatch(/^histogram: no series/);
});

test('bad calls without calls are a mistake in the query', async () => {
  answer = ({ form }) => (form.get('query') === 'carts{r="triage-2"}' ? [] : [sample('7')]);
  expect(await problem()).toBe('total: no series of triage-2, though bad has some: correct the query');
});

describe('what cannot be read is said in words', () => {
  const error = (message: string) =>
    JSON.stringify({ status: 'error', errorType: 'bad_data', error: message });

  test.each<[string, number, string, RegExp]>([
    [
      'a wrong query',
      400,
      error('1:5: parse\n error'),
      /^total: .*answered 400: 1:5: parse error; correct the query$/,
    ],
    ['an error under 200', 200, error('no quorum'), /answered 200: no quorum; see that it is well/],
    ['an overload', 503, error('query timed out'), /answered 503: query timed out; .*cheaper$/],
    ['a refusal', 401, 'Unauthorized', /answered 401; .*--prometheus-token-file$/],
    ['a redirect', 302, '', /answered 302; .*base URL$/],
    ['a page', 200, '<html>', /does not answer as Prometheus does/],
    [
      'another JSON',
      200,
      '{"status":"success","data":{"resultType":"vector","result":[{}]}}',
      /does not answer as/,
    ],
    ['a long message', 422, error('x'.repeat(5000)), /: x{200}…; correct the query$/],
  ])('%s', async (_name, status, body, words) => {
    answer = ({ response }) => say(response, status, body);
    expect(await problem()).toMatch(words);
  });

  test.each([
    ['scalar', [1435781451.781, '1'], 'total: gives a scalar, no series: select a counter'],
    ['matrix', [], 'total: gives a range: remove the range in brackets'],
  ])('a %s', async (resultType, result, words) => {
    answer = ({ response }) => succeed(response, { resultType, result });
    expect(await problem()).toContain(words);
  });

  test('NaN', async () => {
    answer = () => [sample('NaN')];
    expect(await problem()).toBe('total: gives NaN: select a raw counter, no ratio, difference or average');
  });

  test('a query that names no revision, which is not asked at all', async () => {
    const prometheus = { bad: 'lost{r="$revision"}', total: 'carts' };
    expect(await problem({ guardrail: 'g', prometheus })).toMatch(/^total: has no \$revision/);
    expect(asked.map(({ form }) => form.get('query'))).not.toContain('carts');
  });

  test('an answer over 8 MiB', async () => {
    answer = ({ response }) => say(response, 200, ' '.repeat(8 * 1024 * 1024 + 1));
    expect(await problem()).toBe('total: gives more than 8 MiB: select fewer series');
  });

  test('nobody at the address', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    expect(await problem(COUNTERS, { url: `http://127.0.0.1:${port}` })).toMatch(
      /^total: Prometheus at .* cannot be reached \(ECONNREFUSED\): see that it runs/,
    );
  });

  test.each([
    ['silence', () => undefined],
    ['an answer that does not end', ({ response }: Asked) => void response.writeHead(200).write('{')],
  ])('%s', async (_name, slow) => {
    answer = slow;
    expect(await problem(COUNTERS, { timeoutMs: 150 })).toMatch(
      /^total: had no answer within 0.15 s: .*cheaper$/,
    );
  });
});

test('what is wrong with one guardrail is no other one’s problem', async () => {
  answer = ({ form, response }) => {
    if (form.get('query')!.startsWith('lost')) return say(response, 500, 'broken');
    return [sample('1', { le: '+Inf' })];
  };
  const readings = await source().read([COUNTERS, TIMES, { ...COUNTERS, guardrail: 'again' }], ARMS);
  expect(readings).toEqual([
    { guardrail: 'conversions', problem: expect.stringContaining('bad: ') },
    { guardrail: 'times', candidate: expect.anything(), stable: expect.anything() },
    { guardrail: 'again', problem: expect.stringContaining('bad: ') },
  ]);
});

test('a release that is looked at each second asks each five seconds', async () => {
  answer = () => [sample('1')];
  const timers = manualTimers();
  const { read } = source({ timers });
  for (let second = 0; second < 10; second += 1) {
    await Promise.all([read([COUNTERS], ARMS), read([COUNTERS], ARMS)]);
    await timers.advance(1_000);
  }
  expect(asked).toHaveLength(8);
  await read([COUNTERS], { ...ARMS, candidate: 'triage-3' });
  expect(asked).toHaveLength(12);
});

test('a slow Prometheus holds up no release for longer than half a second', async () => {
  const timers = manualTimers();
  const { read } = source({ timers });
  answer = () => undefined;
  const first = read([COUNTERS], ARMS);
  await timers.advance(500);
  expect(await first).toEqual([{ guardrail: 'conversions', problem: 'Prometheus has not answered yet' }]);
});

test('at most eight queries are under way; the others come after', async () => {
  answer = () => undefined;
  const many = Array.from({ length: 5 }, (_, at) => ({
    guardrail: `g${at}`,
    prometheus: { bad: `bad${at}{r="$revision"}`, total: `all${at}{r="$revision"}` },
  }));
  const readings = source({ timeoutMs: 10_000 }).read(many, ARMS);
  const seen = new Set<Asked>();
  while (seen.size < 20) {
    const waiting = asked.filter((one) => !seen.has(one));
    expect(waiting.length).toBeLessThanOrEqual(8);
    for (const one of waiting) {
      seen.add(one);
      succeed(one.response, { resultType: 'vector', result: [sample('1')] });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await readings).toHaveLength(5);
});

describe('a token file', () => {
  let directory: string;
  const file = () => join(directory, 'token');

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-token-'));
    answer = () => [sample('1')];
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('is read anew for each query', async () => {
    await writeFile(file(), 'first\n');
    const made = source({ tokenFile: file() });
    await made.read([COUNTERS], ARMS);
    await writeFile(file(), 'second');
    await made.read([TIMES], ARMS);
    const sent = asked.map(({ request }) => request.headers.authorization);
    expect(new Set(sent.slice(0, 4))).toEqual(new Set(['Bearer first']));
    expect(new Set(sent.slice(4))).toEqual(new Set(['Bearer second']));
  });

  test.each([
    ['is missing', undefined, /token cannot be read \(ENOENT\)/],
    ['is empty', '\n', /holds no token/],
    ['holds more', 'planted-4711 planted-4711', /holds no token/],
  ])('that %s is said, and not what is in it', async (_name, content, words) => {
    if (content !== undefined) await writeFile(file(), content);
    const said = await problem(COUNTERS, { tokenFile: file() });
    expect(said).toMatch(words);
    expect(said).not.toContain('planted');
    expect(asked).toEqual([]);
  });

  test('is not shown where what stands before Prometheus repeats it', async () => {
    await writeFile(file(), 'planted-4711');
    answer = ({ response, request }) =>
      say(response, 403, JSON.stringify({ status: 'error', error: `no: ${request.headers.authorization}` }));
    expect(await problem(COUNTERS, { tokenFile: file() })).toContain(
      'answered 403: no: Bearer …; give a token',
    );
  });
});

test('a base URL may have a path', async () => {
  answer = () => [sample('1')];
  await source({ url: `http://${host()}/prometheus/` }).read([COUNTERS], ARMS);
  expect(asked[0]!.request.url).toBe('/prometheus/api/v1/query');
});
