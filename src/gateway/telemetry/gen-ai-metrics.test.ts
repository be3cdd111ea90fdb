import type { CallRecord } from '../record.ts';
import { genAiMetrics } from './gen-ai-metrics.ts';

const record = {
  id: 'c',
  at: new Date(0),
  entry: { kind: 'ModelRoute', namespace: 'n', name: 'r' },
  revision: 'r-1',
  arm: 'stable',
  route: { name: 'r', revision: 'r-1' },
  backend: { name: 'b', model: 'm', provider: { name: 'p' } },
  parameters: {},
  operation: 'chat',
  messages: [],
  stream: false,
  status: 200,
  outcome: 'timeout',
  latencyMs: 70,
  fallback: false,
  degraded: false,
} as unknown as CallRecord;

type Read = { name: string; histogram: { dataPoints: { attributes: { key: string }[]; count: string }[] } }[];

test('a failure names itself, and what was not counted is not there', async () => {
  const metrics = genAiMetrics();
  metrics.count(record);
  const [duration, ...others] = (await metrics.read(1)) as Read;
  expect(others).toEqual([]);
  expect(duration!.name).toBe('gen_ai.client.operation.duration');
  expect(duration!.histogram.dataPoints[0]).toMatchObject({
    count: '1',
    attributes: expect.arrayContaining([{ key: 'error.type', value: { stringValue: 'timeout' } }]),
  });
});

test('a call that no backend was asked for is no operation', async () => {
  const metrics = genAiMetrics();
  const { backend: _, ...none } = record;
  metrics.count(none);
  expect(await metrics.read(1)).toEqual([]);
});

test('nor is one that was answered from the cache', async () => {
  const metrics = genAiMetrics();
  metrics.count({ ...record, outcome: 'success', cacheAgeMs: 5 });
  expect(await metrics.read(1)).toEqual([]);
});

test('series that nothing is counted in are forgotten in an hour', async () => {
  let now = 0;
  const metrics = genAiMetrics(() => now);
  metrics.count(record);
  now = 3_000_000;
  metrics.count({ ...record, entry: { ...record.entry, name: 'other' } as CallRecord['entry'] });
  const points = async () => ((await metrics.read(1)) as Read)[0]?.histogram.dataPoints.length;
  expect(await points()).toBe(2);
  now = 3_700_000;
  expect(await points()).toBe(1);
});
