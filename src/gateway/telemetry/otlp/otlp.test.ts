import { silentLog } from '../../../lib/log.ts';
import type { CallRecord } from '../../record.ts';
import { recordFields } from '../../record-line.ts';
import { startOtlp } from './otlp.ts';

const nowhere = 'http://127.0.0.1:9';
const settings = {
  headers: {},
  gzip: false,
  timeoutMs: 1_000,
  metricsEachMs: 60_000,
  resource: {},
  sample: 1,
  tellProviders: false,
};
const record = {
  id: 'c',
  at: new Date(0),
  entry: { kind: 'ModelRoute', namespace: 'n', name: 'r' } as CallRecord['entry'],
  revision: 'r-1',
  arm: 'stable',
  route: { name: 'r', revision: 'r-1' },
  parameters: {},
  operation: 'chat',
  messages: [],
  stream: false,
  status: 200,
  outcome: 'success',
  latencyMs: 70,
  fallback: false,
  degraded: false,
} satisfies CallRecord;

test('what a collector that is away did not take is counted by the end', async () => {
  const urls = { traces: nowhere, metrics: nowhere, logs: nowhere };
  const otlp = startOtlp({ ...settings, urls }, silentLog);
  otlp.follow(async () => []);
  for (let n = 0; n < 3; n++) {
    otlp.record(record, recordFields(record));
    otlp.tracer!.begin('chat n/r')!.end(record);
  }
  await otlp.stop();
  expect(otlp.dropped()).toEqual({ traces: 3, metrics: 1, logs: 3 });
});

test('what is not sent costs nothing: no trace is begun, no record is kept', async () => {
  const otlp = startOtlp({ ...settings, urls: { metrics: nowhere } }, silentLog);
  expect(otlp.tracer).toBeUndefined();
  otlp.record(record, recordFields(record));
  await otlp.stop();
  expect(otlp.dropped()).toEqual({ traces: 0, metrics: 0, logs: 0 });

  const traces = startOtlp({ ...settings, urls: { traces: nowhere }, sample: 0 }, silentLog);
  expect(traces.tracer!.begin('chat n/r')).toBeUndefined();
  await traces.stop();
});
