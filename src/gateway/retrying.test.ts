import { againOf } from './retrying.ts';

test('what may pass is tried again when the provider says, within a minute at most', () => {
  const of = (retryAfterMs?: number) =>
    againOf({ outcome: 'rate_limited', ...(retryAfterMs !== undefined && { retryAfterMs }) }, 'busy');
  expect(of()).toEqual({ error: 'busy', again: 0 });
  expect(of(7_000)).toEqual({ error: 'busy', again: 7_000 });
  expect(of(3_600_000)).toEqual({ error: 'busy', again: 60_000 });
});

test('what does not pass by itself is not tried again', () => {
  expect(againOf({ outcome: 'upstream_4xx', retryAfterMs: 7_000 }, 'wrong')).toEqual({ error: 'wrong' });
});
