import { passedHeaders } from './passed-headers.ts';

test('only what a caller needs to read the body and to come again later', () => {
  expect(
    passedHeaders({
      'content-type': 'application/json',
      'retry-after': '3',
      'x-ratelimit-remaining-tokens': '17',
      'set-cookie': ['a=b'],
      connection: 'close',
      'content-encoding': 'gzip',
      'openai-organization': 'org-1',
      'x-sluice-revision': 'forged',
    }),
  ).toEqual({ 'content-type': 'application/json', 'retry-after': '3', 'x-ratelimit-remaining-tokens': '17' });
});
