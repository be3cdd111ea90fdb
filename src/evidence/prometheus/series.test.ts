import type { Sample } from './answer.ts';
import { countersOf, seriesId } from './series.ts';

const counter = (value: string, labels: Record<string, string> = {}): Sample => ({
  metric: { __name__: 'calls_total', ...labels },
  value: [1435781451.781, value],
});

test('an id is short, and depends on all labels but not on their order; that of a sum says so', () => {
  const id = seriesId({ __name__: 'calls_total', pod: 'x' });
  // Written down: another operator or version must not take it for a new series.
  expect(id).toBe('6b34170eee');
  expect(seriesId({ pod: 'x' })).toMatch(/^sum-[0-9a-f]{10}$/);
  expect(seriesId({ pod: 'x', __name__: 'calls_total' })).toBe(id);
  expect(seriesId({ __name__: 'calls_total', pod: 'y' })).not.toBe(id);
});

test('counters are kept by series, also where they differ by le alone', () => {
  const found = countersOf([counter('3', { le: '1' }), counter('1.5e+06', { le: '2' })]);
  expect(Object.values(found)).toEqual([3, 1_500_000]);
});

test.each(['NaN', '+Inf', '-Inf', '-1', '', 'many'])('%j is no count', (value) => {
  expect(() => countersOf([counter('1'), counter(value, { pod: 'x' })])).toThrow('select a raw counter');
});

test('a native histogram is no counter', () => {
  const histogram: Sample = { metric: {}, histogram: [1, { count: '1', buckets: [] }] };
  expect(() => countersOf([histogram])).toThrow('write it as histogram');
});

test('more than two hundred series are too many', () => {
  const series = (count: number) => Array.from({ length: count }, (_, at) => counter('1', { pod: `${at}` }));
  expect(Object.keys(countersOf(series(200)))).toHaveLength(200);
  expect(() => countersOf(series(201))).toThrow('gives 201 series, more than 200');
});
