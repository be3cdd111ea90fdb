import { Histogram, Registry } from 'prom-client';
import { exemplarHistogram } from './histogram.ts';

const config = { name: 's', help: 'Seconds.', labelNames: ['of', 'by'] as const, buckets: [0.05, 1, 10] };
const A = { of: 'a', by: 'x' };
const B = { of: 'b' };

test.each([false, true])('counts as prom-client does (examples: %s)', async (exemplars) => {
  const [registry, plain] = [new Registry(), new Registry()];
  const histogram = exemplarHistogram(registry, config, exemplars);
  const theirs = new Histogram({ ...config, registers: [plain] });
  const compared = async () => expect(await registry.metrics()).toBe(await plain.metrics());
  const observe = (labels: object, value: number) => {
    histogram.observe(labels, value);
    theirs.observe(labels, value);
  };
  for (const value of [0, 0.05, 0.050001, 1, 2, 10, 10.5, 1_000]) {
    observe(A, value);
    if (value > 1) observe(B, value);
  }
  await compared();
  // The same series by another object.
  observe({ ...A }, 3);
  observe(A, 3);
  await compared();
  histogram.remove(A);
  theirs.remove(A);
  await compared();
  observe(A, 3);
  observe(A, 4);
  await compared();
});

test('calls without a trace leave the examples of others as they are', async () => {
  const registry = new Registry();
  const histogram = exemplarHistogram(registry, config, true);
  const trace = { traceId: 't', spanId: 's' };
  histogram.observe(A, 0.5);
  histogram.observe(A, 0.6, trace);
  histogram.observe(A, 0.7);
  const [{ values }] = (await registry.getMetricsAsJSON()) as unknown as [
    { values: { labels: { le?: number }; value: number; exemplar?: { value: number; labelSet: object } }[] },
  ];
  const bucket = values.find(({ labels }) => labels.le === 1);
  expect(bucket).toMatchObject({ value: 3, exemplar: { value: 0.6, labelSet: { trace_id: 't' } } });
});
