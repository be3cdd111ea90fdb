import { request } from 'undici';
import { eventually } from '../eventually.ts';
import { ask, type Stage, startStage } from '../gateway/stage.ts';
import { startPrometheus, type TestPrometheus } from '../prometheus/server.ts';

let stage: Stage;
let prometheus: TestPrometheus;
beforeAll(async () => {
  const nowhere = 'http://127.0.0.1:9/v1/traces';
  stage = await startStage([{ answer: 'A bill.' }], undefined, {
    otlp: {
      urls: { traces: nowhere },
      headers: {},
      gzip: false,
      timeoutMs: 1_000,
      metricsEachMs: 60_000,
      resource: {},
      sample: 0,
      tellProviders: false,
    },
  });
  prometheus = await startPrometheus({ gateway: stage.gateway.adminUrl.slice('http://'.length) });
}, 300_000);
afterAll(async () => {
  await prometheus.stop();
  await stage.stop();
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const metricsOf = async (accept?: string) => {
  const headers = accept === undefined ? {} : { accept };
  const { body, headers: said } = await request(`${stage.gateway.adminUrl}/metrics`, { headers });
  return { type: said['content-type'], text: await body.text() };
};

test('calls go on without a collector, and Prometheus has the traces of those that are sampled', async () => {
  await ask(stage, 'u', { user: 'not-sampled' });
  expect((await metricsOf('application/openmetrics-text')).text).not.toContain('trace_id');
  await stage.client.chat.completions.create(
    { model: 'triage', messages: [{ role: 'user', content: 'hi' }] },
    { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } },
  );

  const query = 'query=sluice_gateway_call_duration_seconds_bucket&start=0&end=9999999999';
  const found = await eventually('Prometheus has the example', async () => {
    const { body } = await request(`${prometheus.url}/api/v1/query_exemplars?${query}`);
    const { data } = (await body.json()) as { data?: { exemplars: { labels: Record<string, string> }[] }[] };
    return data?.[0];
  });
  expect(found.exemplars).toHaveLength(1);
  expect(found.exemplars[0]!.labels).toEqual({
    trace_id: TRACE,
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });

  const { body } = await request(`${prometheus.url}/api/v1/query?query=sluice_gateway_calls_total`);
  expect(JSON.stringify(await body.json())).toContain('"release":"triage"');

  const plain = await metricsOf('text/plain');
  expect(plain.type).toContain('text/plain; version=0.0.4');
  expect(plain.text).toContain('sluice_gateway_calls_total{');
  expect(plain.text).not.toContain(TRACE);
  expect(await metricsOf()).toMatchObject({ type: plain.type });
});
