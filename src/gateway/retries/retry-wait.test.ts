import fc from 'fast-check';
import { hasTimeAfter, LONGEST_WAIT_MS, retryWaitMs } from './retry-wait.ts';

const half = () => 0.5;

test.each([
  ['no connection', { outcome: 'upstream_5xx' }, true],
  ['a stream that broke before its first event', { outcome: 'stream_interrupted' }, true],
  ['500', { outcome: 'upstream_5xx', status: 500 }, true],
  ['502', { outcome: 'upstream_5xx', status: 502 }, true],
  ['503', { outcome: 'upstream_5xx', status: 503 }, true],
  ['504', { outcome: 'upstream_5xx', status: 504 }, true],
  ['529', { outcome: 'upstream_5xx', status: 529 }, true],
  ['501', { outcome: 'upstream_5xx', status: 501 }, false],
  ['408', { outcome: 'upstream_4xx', status: 408 }, true],
  ['429 that says when', { outcome: 'rate_limited', status: 429, retryAfterMs: 1_000 }, true],
  ['429 that does not', { outcome: 'rate_limited', status: 429 }, false],
  ['429 that says much later', { outcome: 'rate_limited', status: 429, retryAfterMs: 2_001 }, false],
  ['503 that says much later', { outcome: 'upstream_5xx', status: 503, retryAfterMs: 2_001 }, false],
  ['503 that says never', { outcome: 'upstream_5xx', status: 503, lasting: true }, false],
  ['400', { outcome: 'upstream_4xx', status: 400 }, false],
  ['401', { outcome: 'upstream_4xx', status: 401 }, false],
  ['404', { outcome: 'upstream_4xx', status: 404 }, false],
  ['a missing key', { outcome: 'upstream_4xx' }, false],
  ['what its dialect cannot say', { outcome: 'upstream_4xx', unspoken: true }, false],
  ['a time-out', { outcome: 'timeout' }, false],
  ['a caller that has gone', { outcome: 'client_cancelled' }, false],
  ['an answer that could not be read', { outcome: 'upstream_5xx', status: 200 }, false],
] as const)('%s', (_what, came, again) => {
  expect(retryWaitMs(came, 0, half) !== undefined).toBe(again);
});

test('a wait is what the provider asks for, or grows from an eighth of a second, and is bounded', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.option(fc.nat(10_000)), fc.nat(50), random, (asked, before, drawn) => {
      const came = { outcome: 'upstream_5xx', status: 503, ...(asked !== null && { retryAfterMs: asked }) };
      const ms = retryWaitMs(came as Parameters<typeof retryWaitMs>[0], before, () => drawn);
      if ((asked ?? 0) > LONGEST_WAIT_MS) return expect(ms).toBeUndefined();
      expect(ms).toBeGreaterThanOrEqual(Math.max(asked ?? 0, 125));
      expect(ms).toBeLessThanOrEqual(LONGEST_WAIT_MS);
    }),
  );
  expect(retryWaitMs({ outcome: 'upstream_5xx' }, 0, half)).toBe(187.5);
  expect(retryWaitMs({ outcome: 'upstream_5xx' }, 1, half)).toBe(375);
});

test('a retry has to fit in what is left of a call', () => {
  const now = performance.now();
  expect(hasTimeAfter(500, undefined, true)).toBe(true);
  expect(hasTimeAfter(500, { totalBy: now + 400 }, false)).toBe(false);
  expect(hasTimeAfter(500, { totalBy: now + 60_000 }, false)).toBe(true);
  expect(hasTimeAfter(500, { firstTokenBy: now + 400 }, true)).toBe(false);
  expect(hasTimeAfter(500, { firstTokenBy: now + 400 }, false)).toBe(true);
});
