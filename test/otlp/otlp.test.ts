import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { readTraceParent } from '../../src/gateway/telemetry/traceparent.ts';
import { eventually } from '../eventually.ts';
import { KEY, type Stage, startStage } from '../gateway/stage.ts';
import { type Collector, collectorProgram, type Received, startCollector } from './collector.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const QUESTION = 'planted: is ada@example.org your sk-planted-in-a-prompt-4712?';

beforeAll(() => collectorProgram(), 600_000);

let collector: Collector;
let stage: Stage | undefined;
beforeEach(async () => {
  said = '';
  collector = await startCollector();
});
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
  await collector.stop();
});

const settings = (over: Partial<NonNullable<GatewayOptions['otlp']>> = {}) => {
  const { url } = collector;
  return {
    urls: { traces: `${url}/v1/traces`, metrics: `${url}/v1/metrics`, logs: `${url}/v1/logs` },
    headers: { authorization: 'Bearer planted-for-the-collector' },
    gzip: true,
    timeoutMs: 10_000,
    metricsEachMs: 50,
    resource: { 'service.name': 'sluice-gateway', 'service.instance.id': 'g' },
    sample: 1,
    tellProviders: false,
    ...over,
  };
};

/** What the gateway itself said. */
let said: string;
const say = (fields: object, message: string) => {
  said += `${message} ${JSON.stringify(fields)}\n`;
};
const log = { debug: say, info: say, warn: say, error: say };

/** A release that serves, on a route whose first model may fail. */
async function start(
  over: Parameters<typeof settings>[0] = {},
  first = 'model-a',
  route: object = {},
): Promise<Stage> {
  const started = await startStage(
    [{ match: { model: 'broken' }, errors: 1 }, { answer: 'A bill.' }],
    undefined,
    { otlp: settings(over), log },
  );
  stage = started;
  const rollout = { strategy: 'Immediate' as const };
  started.putRoute([{ model: first }, { model: 'model-b' }], { rollout, ...route });
  await started.until(({ attempt }) => attempt === 2, 'ModelRoute', 'fast');
  started.putRelease('Sort. The planted prompt is secret.', { rollout });
  await started.until(({ attempt }) => attempt === 2);
  return started;
}

const ask = (client: Stage['client'], traceparent?: string, stream = false) =>
  client.chat.completions.create(
    { model: 'support/triage', messages: [{ role: 'user', content: QUESTION }], stream },
    {
      headers: {
        ...(traceparent !== undefined && { traceparent }),
        tracestate: 'who=planted',
        baggage: 'who=planted',
      },
    },
  );

/** Resolves with what came when `wanted` is satisfied by it. */
const until = (what: string, wanted: (received: Received) => boolean): Promise<Received> =>
  eventually(what, async () => {
    const received = await collector.received();
    return wanted(received) && received;
  });

test('the collector reads spans, metrics and the record of a call that fell back', async () => {
  const { client, records } = await start({}, 'broken');
  await ask(client, `00-${TRACE}-${PARENT}-01`);

  const { resources, spans, logs, metrics } = await until(
    'spans, log records and metrics',
    (all) =>
      all.spans.length >= 3 &&
      all.logs.length >= 1 &&
      histogramOf(all, 'gen_ai.client.token.usage').length > 0,
  );
  expect(new Set(resources.map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify({ 'service.name': 'sluice-gateway', 'service.instance.id': 'g' })]),
  );

  const [call, first, second] = spans as [Received['spans'][0], Received['spans'][0], Received['spans'][0]];
  expect(call).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, name: 'chat support/triage', kind: 2 });
  expect(call.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'sluice.release': 'triage',
    'sluice.outcome': 'success',
    'sluice.fallback': true,
    'sluice.team': 'care',
    'http.response.status_code': 200,
  });
  expect(first).toMatchObject({ traceId: TRACE, parentSpanId: call.spanId, name: 'chat broken', kind: 3 });
  expect(first.status).toEqual({ code: 2 });
  expect(first.attributes).toMatchObject({
    'error.type': 'upstream_5xx',
    'gen_ai.request.model': 'broken',
    'gen_ai.provider.name': 'sim',
    'http.response.status_code': 500,
    'server.address': '127.0.0.1',
  });
  expect(second).toMatchObject({
    traceId: TRACE,
    parentSpanId: call.spanId,
    name: 'chat model-b',
    status: {},
  });
  expect(second.attributes).toMatchObject({
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': expect.any(Number),
  });
  const ends = [
    first.startTimeUnixNano,
    first.endTimeUnixNano,
    second.startTimeUnixNano,
    call.endTimeUnixNano,
  ];
  expect([call.startTimeUnixNano, ...ends].map(BigInt)).toEqual(
    [call.startTimeUnixNano, ...ends].map(BigInt).sort((a, b) => (a < b ? -1 : 1)),
  );

  const [record] = await records();
  const { time, trace_id, span_id, ...fields } = record!;
  expect([trace_id, span_id]).toEqual([TRACE, call.spanId]);
  expect(logs).toHaveLength(1);
  expect(logs[0]).toMatchObject({
    eventName: 'sluice.call',
    severityText: 'INFO',
    traceId: TRACE,
    spanId: call.spanId,
    timeUnixNano: `${Date.parse(String(time))}000000`,
  });
  expect(logs[0]!.attributes).toEqual(fields);

  const counted = metrics.filter(({ name }) => name === 'sluice.gateway.calls').at(-1)!;
  expect(counted.kind).toBe('sum');
  expect(counted.points[0]).toMatchObject({
    asDouble: 1,
    attributes: { namespace: 'support', release: 'triage', outcome: 'success' },
  });
  const [tokens] = histogramOf({ metrics }, 'gen_ai.client.token.usage');
  expect(tokens).toMatchObject({
    count: '1',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'sim',
      'gen_ai.request.model': 'model-b',
      'gen_ai.token.type': 'input',
      'sluice.release': 'triage',
    },
    exemplars: [{ traceId: TRACE, spanId: call.spanId }],
  });
  const [duration] = histogramOf({ metrics }, 'gen_ai.client.operation.duration');
  expect(duration!.bucketCounts).toHaveLength(15);
});

const histogramOf = ({ metrics }: Pick<Received, 'metrics'>, wanted: string) =>
  metrics.filter(({ name }) => name === wanted).at(-1)?.points ?? [];

test('a caller that does not sample is not traced, and has its record; streams say when the first chunk came', async () => {
  const { client } = await start();
  await ask(client, `00-${TRACE}-${PARENT}-00`);
  const stream = await ask(client, undefined, true);
  for await (const _ of stream as AsyncIterable<unknown>);

  const { spans, logs } = await until('both records', (all) => all.logs.length >= 2 && all.spans.length >= 2);
  expect(spans).toHaveLength(2);
  expect(spans.map(({ traceId }) => traceId)).not.toContain(TRACE);
  expect(spans[1]!.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  expect(logs.map(({ traceId }) => traceId).sort()).toEqual([spans[0]!.traceId, undefined]);
});

test.each([
  [true, '01'],
  [false, '00'],
])('providers are told the trace only where that is switched on (sampled: %j)', async (sampled, flag) => {
  const { client, seen } = await start({ tellProviders: true });
  await ask(client, `00-${TRACE}-${PARENT}-${flag}`);
  const told = readTraceParent(seen[0]!.headers.traceparent as string);
  expect(told).toMatchObject({ traceId: TRACE, sampled });
  expect(told!.spanId).not.toBe(PARENT);
});

test('neither keys nor what was said are in traces, metrics, log records or the log', async () => {
  const { client, seen } = await start();
  await ask(client);
  for await (const _ of (await ask(client, undefined, true)) as AsyncIterable<unknown>);
  await until(
    'everything',
    (all) =>
      all.logs.length >= 2 &&
      all.spans.length >= 4 &&
      histogramOf(all, 'gen_ai.client.token.usage').length > 0,
  );
  for (const name of ['traceparent', 'tracestate', 'baggage']) expect(seen[0]!.headers[name]).toBeUndefined();
  const text = await collector.text();
  expect(text).toContain('support');

  await collector.stop();
  await ask(client);
  await stage!.stop();
  stage = undefined;
  expect(said).toContain('telemetry is lost');
  for (const planted of [KEY, 'planted', 'ada@example.org', 'callers-own-key'])
    expect(text + said).not.toContain(planted);
});

test('where a route has the text of its calls recorded, only the record has it', async () => {
  const { client } = await start({}, 'model-a', { privacy: { logContent: 'Full' } });
  await ask(client);
  const { logs } = await until(
    'everything',
    (all) =>
      all.logs.length >= 1 &&
      all.spans.length >= 2 &&
      histogramOf(all, 'gen_ai.client.token.usage').length > 0,
  );
  expect(JSON.stringify(logs[0]!.attributes['sluice.prompt.text'])).toContain('ada@example.org');
  const others = (await collector.text()).split('\n').filter((line) => !line.includes('resourceLogs'));
  expect(others.join('\n')).not.toContain('planted');
});
