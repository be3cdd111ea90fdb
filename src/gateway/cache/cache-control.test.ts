import { directivesOf } from './cache-control.ts';

const NOTHING = { noStore: false, noCache: false, onlyIfCached: false };

test.each([
  [undefined, NOTHING],
  ['', NOTHING],
  ['no-store', { ...NOTHING, noStore: true }],
  ['NO-CACHE', { ...NOTHING, noCache: true }],
  ['only-if-cached', { ...NOTHING, onlyIfCached: true }],
  ['max-age=0', { ...NOTHING, maxAgeMs: 0 }],
  ['max-age="60"', { ...NOTHING, maxAgeMs: 60_000 }],
  ['  no-cache ,max-age = 5', { ...NOTHING, noCache: true, maxAgeMs: 5_000 }],
  ['max-age=60, max-age=30, max-age=90', { ...NOTHING, maxAgeMs: 30_000 }],
  ['public, s-maxage=1, max-stale, no-transform', NOTHING],
])('%s', (header, directives) => {
  expect(directivesOf(header)).toEqual(directives);
});

test.each([
  'max-age',
  'max-age=',
  'max-age=-1',
  'max-age=1e3',
  'max-age=99999999999',
  'max-age=soon',
  '=,=;,',
])('malformed is as if it were not there: %s', (header) => {
  expect(directivesOf(header)).toEqual(NOTHING);
  expect(directivesOf(`${header}, no-store`)).toEqual({ ...NOTHING, noStore: true });
});
