import { Counter, Gauge, Registry } from 'prom-client';
import { exemplarHistogram } from './histogram.ts';
import { openMetrics, wantsOpenMetrics } from './openmetrics.ts';
import type { Family } from './otlp/metrics.ts';

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/plain', false],
  ['application/openmetrics-text', true],
  ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1', true],
  ['text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5', false],
  ['application/openmetrics-text;q=0', false],
])('%s: %j', (accept, wanted) => {
  expect(wantsOpenMetrics(accept)).toBe(wanted);
});

test('names, examples and odd values are written as OpenMetrics says, and plain text stays as it was', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['who'], registers }).inc({
    who: 'a"b\\\n',
  });
  new Gauge({ name: 'level', help: 'Level.', registers }).set(Number.POSITIVE_INFINITY);
  const histogram = exemplarHistogram(
    registry,
    { name: 'took_seconds', help: 'Time.', labelNames: ['of'], buckets: [1, 2] },
    true,
  );
  histogram.observe({ of: 'x' }, 1.5, { traceId: 'aa', spanId: 'bb' });
  histogram.observe({ of: 'x' }, 3);
  const text = openMetrics((await registry.getMetricsAsJSON()) as Family[]);
  expect(text.split('\n')).toEqual([
    '# HELP calls Calls.',
    '# TYPE calls counter',
    String.raw`calls_total{who="a\"b\\\n"} 1`,
    '# HELP level Level.',
    '# TYPE level gauge',
    'level +Inf',
    '# HELP took_seconds Time.',
    '# TYPE took_seconds histogram',
    'took_seconds_bucket{le="1",of="x"} 0',
    expect.stringMatching(
      /^took_seconds_bucket\{le="2",of="x"\} 1 # \{trace_id="aa",span_id="bb"\} 1\.5 \d+/,
    ),
    'took_seconds_bucket{le="+Inf",of="x"} 2',
    'took_seconds_sum{of="x"} 4.5',
    'took_seconds_count{of="x"} 2',
    '# EOF',
    '',
  ]);
  const plain = await registry.metrics();
  expect(plain).toContain('calls_total{');
  expect(plain).not.toContain('trace_id');
});
