import type { Sample } from './answer.ts';
import { histogramsOf } from './histogram.ts';
import { seriesId } from './series.ts';

const bucket = (le: string, count: string, labels: Record<string, string> = {}): Sample => ({
  metric: { __name__: 'answer_seconds_bucket', ...labels, le },
  value: [1435781451.781, count],
});
const native = (count: string, buckets: [number, string, string, string][]): Sample => ({
  metric: { revision: 'a' },
  histogram: [1435781451.781, { count, buckets }],
});
const only = (samples: Sample[]) => Object.values(histogramsOf(samples))[0];

test('buckets of one series are in the order of their bounds, whatever the order they came in', () => {
  const samples = [bucket('+Inf', '9'), bucket('0.5', '2'), bucket('10', '8'), bucket('2.5', '5')];
  expect(only(samples)).toEqual([
    [0.5, 2],
    [2.5, 5],
    [10, 8],
    [Number.POSITIVE_INFINITY, 9],
  ]);
});

test('series are told apart by their labels but le', () => {
  const of = (pod: string) => [bucket('1', '1', { pod }), bucket('+Inf', '3', { pod })];
  const found = histogramsOf([...of('x'), ...of('y')]);
  expect(Object.keys(found)).toEqual([
    seriesId({ __name__: 'answer_seconds_bucket', pod: 'x' }),
    seriesId({ pod: 'y', __name__: 'answer_seconds_bucket' }),
  ]);
});

test('a count that falls towards greater bounds is raised, and a bound written twice counts once', () => {
  expect(only([bucket('1', '5'), bucket('1.0', '4'), bucket('2', '4.5'), bucket('+Inf', '6')])).toEqual([
    [1, 5],
    [2, 5],
    [Number.POSITIVE_INFINITY, 6],
  ]);
});

test('buckets of a native histogram are added up from the left, over zero and over gaps', () => {
  const samples = [
    native('9', [
      [1, '-2', '-1', '1'],
      [3, '-0.001', '0.001', '2'],
      [0, '1', '2', '3'],
      [0, '2', '4', '2'],
      [0, '8', '16', '1'],
    ]),
  ];
  expect(only(samples)).toEqual([
    [-2, 0],
    [-1, 1],
    [-0.001, 1],
    [0.001, 3],
    [1, 3],
    [2, 6],
    [4, 8],
    [8, 8],
    [16, 9],
    [Number.POSITIVE_INFINITY, 9],
  ]);
});

test.each<[string, string, [number, string, string, string][], [number, number][]]>([
  ['nothing yet', '0', [], [[Number.POSITIVE_INFINITY, 0]]],
  [
    'NaN, which is in no bucket',
    '3',
    [[0, '1', '2', '2']],
    [
      [1, 0],
      [2, 2],
      [Number.POSITIVE_INFINITY, 3],
    ],
  ],
  [
    'custom bounds, which end at the infinities',
    '3',
    [
      [3, '-Inf', '5', '1'],
      [0, '5', '+Inf', '2'],
    ],
    [
      [5, 1],
      [Number.POSITIVE_INFINITY, 3],
    ],
  ],
])('a native histogram of %s', (_name, count, buckets, expected) => {
  expect(only([native(count, buckets)])).toEqual(expected);
});

test.each<[string, Sample[], string]>([
  ['no buckets', [{ metric: { __name__: 'answer_seconds_count' }, value: [1, '4'] }], 'select the _bucket'],
  ['no last bucket', [bucket('1', '2')], 'le="+Inf"'],
  ['a bound that is no number', [bucket('low', '2')], 'bound is no number'],
  ['a count that is not a number', [bucket('+Inf', 'NaN')], 'gives NaN'],
  ['a count below nothing', [native('1', [[0, '1', '2', '-1']])], 'gives -1'],
  [
    'more series than are kept apart',
    Array.from({ length: 201 }, (_, at) => bucket('+Inf', '1', { pod: `${at}` })),
    'gives 201 series, more than 200',
  ],
])('%s is said in words', (_name, samples, words) => {
  expect(() => histogramsOf(samples)).toThrow(words);
});

test('two hundred series of many buckets are not too many', () => {
  const samples = Array.from({ length: 200 }, (_, at) => {
    const pod = `${at}`;
    return [bucket('1', '1', { pod }), bucket('+Inf', '1', { pod })];
  }).flat();
  expect(Object.keys(histogramsOf(samples))).toHaveLength(200);
});
