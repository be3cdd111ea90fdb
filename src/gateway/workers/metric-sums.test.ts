import { Counter, Gauge, Registry } from 'prom-client';
import { rateLimits } from '../rate-limits.ts';
import type { BackendTarget } from '../table.ts';
import { exemplarHistogram } from '../telemetry/histogram.ts';
import { openMetrics, plainText } from '../telemetry/openmetrics.ts';
import type { Family } from '../telemetry/otlp/metrics.ts';
import { metricSums } from './metric-sums.ts';

const calls = (counts: Record<string, number>): Family[] => [
  {
    name: 'calls_total',
    help: 'Calls.',
    type: 'counter',
    aggregator: 'sum',
    values: Object.entries(counts).map(([revision, value]) => ({ labels: { revision }, value })),
  } as unknown as Family,
];
const counted = (families: readonly Family[]) =>
  Object.fromEntries(
    families.flatMap(({ values }) => values.map((each) => [each.labels.revision, each.value])),
  );

function stage() {
  let now = 0;
  const sums = metricSums(() => now);
  const read = (...processes: [id: string, counts?: Record<string, number>][]) =>
    counted(sums.of(processes.map(([id, counts]) => ({ id, ...(counts && { families: calls(counts) }) }))));
  return { read, wait: (ms: number) => (now += ms) };
}

test('counts of several processes are added up, by labels in whichever order', () => {
  const { read } = stage();
  expect(read(['1', { a: 5, b: 1 }], ['2', { b: 2, c: 3 }])).toEqual({ a: 5, b: 3, c: 3 });
  const sums = metricSums();
  const family = (labels: Record<string, string>) => [{ ...calls({})[0]!, values: [{ labels, value: 1 }] }];
  const [both] = sums.of([
    { id: '1', families: family({ x: '1', y: '2' }) },
    { id: '2', families: family({ y: '2', x: '1' }) },
  ]);
  expect(both!.values).toEqual([{ labels: { x: '1', y: '2' }, value: 2 }]);
});

test('a process that died does not make the sum fall, and the one after it counts from there', () => {
  const { read } = stage();
  expect(read(['1', { a: 500 }], ['2', { a: 500 }])).toEqual({ a: 1000 });
  expect(read(['1', { a: 510 }])).toEqual({ a: 1010 });
  expect(read(['1', { a: 510 }], ['3', {}])).toEqual({ a: 1010 });
  expect(read(['1', { a: 510 }], ['3', { a: 1 }])).toEqual({ a: 1011 });
  // It dies, too.
  expect(read(['1', { a: 510 }])).toEqual({ a: 1011 });
});

test('one that does not answer is taken as it was last', () => {
  const { read } = stage();
  read(['1', { a: 5 }], ['2', { a: 6 }]);
  expect(read(['1', { a: 7 }], ['2'])).toEqual({ a: 13 });
  expect(read(['1', { a: 7 }], ['2', { a: 8 }])).toEqual({ a: 15 });
});

test('a series that one process has forgotten stays while another shows it, and ten minutes longer', () => {
  const { read, wait } = stage();
  read(['1', { a: 500 }], ['2', { a: 400 }]);
  expect(read(['1', {}], ['2', { a: 400 }])).toEqual({ a: 900 });
  wait(600_000);
  expect(read(['1', {}], ['2', { a: 401 }])).toEqual({ a: 901 });
  expect(read(['1', {}], ['2', {}])).toEqual({ a: 901 });
  wait(599_999);
  expect(read(['1', {}], ['2', {}])).toEqual({ a: 901 });
  wait(1);
  expect(read(['1', {}], ['2', {}])).toEqual({});
  expect(read(['1', { a: 1 }], ['2', {}])).toEqual({ a: 1 });
});

test('histograms are added up bucket by bucket, with the later example, and written as those of one process', async () => {
  const registries = await Promise.all(
    [1, 2].map(async (seconds) => {
      const registry = new Registry();
      const config = { name: 'took_seconds', help: 'Time.\\', labelNames: ['of'], buckets: [1, 2] };
      const histogram = exemplarHistogram(registry, config, true);
      histogram.observe({ of: 'x' }, seconds, { traceId: `t${seconds}`, spanId: 's' });
      if (seconds === 2) histogram.observe({ of: 'y' }, 9);
      return registry;
    }),
  );
  const [one, two] = (await Promise.all(registries.map((each) => each.getMetricsAsJSON()))) as Family[][];
  const example = two![0]!.values.find(({ exemplar }) => exemplar != null)!.exemplar!;
  const first = one![0]!.values.find(({ exemplar }) => exemplar != null)!.exemplar!;
  // They come within the same millisecond here.
  first.timestamp = example.timestamp - 1;
  const sum = metricSums().of([
    { id: '1', families: one! },
    { id: '2', families: two! },
  ]);
  const lines = openMetrics(sum).split('\n');
  expect(lines).toContain(
    `took_seconds_bucket{le="1",of="x"} 1 # {trace_id="t1",span_id="s"} 1 ${first.timestamp}`,
  );
  expect(lines.filter((line) => line.includes('of="y"')).map((line) => line.split(' ')[1])).toEqual([
    '0',
    '0',
    '1',
    '9',
    '1',
  ]);
  expect(lines).toContain('took_seconds_sum{of="x"} 3');
  expect(lines).toContain('took_seconds_count{of="x"} 2');
  // Of one process alone it is what prom-client writes itself.
  expect(plainText(metricSums().of([{ id: '1', families: one! }]))).toBe(await registries[0]!.metrics());
});

test('gauges are put together as each says', async () => {
  const read = async (value: number) => {
    const registers = [new Registry()];
    for (const aggregator of ['sum', 'max', 'min', 'average', 'first', 'omit'] as const)
      new Gauge({ name: aggregator, help: '.', aggregator, registers }).set(value);
    new Counter({ name: 'count_total', help: '.', registers }).inc(value);
    return (await registers[0]!.getMetricsAsJSON()) as Family[];
  };
  const sum = metricSums().of([
    { id: 'primary', families: await read(2) },
    { id: '1', families: await read(3) },
    { id: '2', families: await read(1) },
  ]);
  expect(Object.fromEntries(sum.map(({ name, values }) => [name, values[0]!.value]))).toEqual({
    sum: 6,
    max: 3,
    min: 1,
    average: 3,
    first: 2,
    omit: 2,
    count_total: 6,
  });
});

test('of limits on rates what was heard last is shown', async () => {
  let now = 0;
  const registries = [new Registry(), new Registry()];
  const [one, two] = registries.map((registry) => rateLimits(registry, () => now));
  const backend = (model: string) => ({ provider: { namespace: 'n', name: 'p' }, model }) as BackendTarget;
  const left = (of: string) => ({ 'x-ratelimit-remaining-requests': of });
  one!.heard(backend('a'), left('3'));
  two!.heard(backend('b'), left('8'));
  now = 2_000;
  two!.heard(backend('a'), left('900'));
  const all = (await Promise.all(registries.map((each) => each.getMetricsAsJSON()))) as Family[][];
  const sum = metricSums().of(all.map((families, at) => ({ id: String(at), families })));
  const shown = plainText(sum)
    .split('\n')
    .filter((line) => line.startsWith('sluice_'));
  const of = (model: string) => `namespace="n",provider="p",model="${model}"`;
  expect(shown.sort()).toEqual([
    `sluice_gateway_rate_limit_age_seconds{${of('a')}} 0`,
    `sluice_gateway_rate_limit_age_seconds{${of('b')}} 2`,
    `sluice_gateway_rate_limit_remaining{${of('a')},of="requests"} 900`,
    `sluice_gateway_rate_limit_remaining{${of('b')},of="requests"} 8`,
  ]);
});
