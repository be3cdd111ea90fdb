import { retryAfterMs } from './retry-after.ts';

const now = () => new Date('2026-11-24T12:00:00.500Z');

test.each([
  [{ 'retry-after': '3' }, 3_000],
  [{ 'retry-after-ms': '250', 'retry-after': '3' }, 250],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }, 29_500],
  [{ 'retry-after': 'Tue, 24 Nov 2026 11:59:30 GMT' }, 0],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': '2026-11-24' }, undefined],
  [{ 'retry-after': 'Tue, 99 Nov 2026 12:00:30 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('%j is %p ms', (headers, ms) => {
  expect(retryAfterMs(headers, now)).toBe(ms);
});
