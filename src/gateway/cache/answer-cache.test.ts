import fc from 'fast-check';
import { answerCache, type CacheKey, type StoredAnswer } from './answer-cache.ts';

const TTL = 600_000;
const KEY: CacheKey = { asked: 'a', sent: 's' };

const stored = (text: string, length = 10): StoredAnswer => ({
  kind: 'answer',
  body: Buffer.alloc(length),
  contentType: 'application/json',
  answer: { outcome: 'success', toolCalls: 0, schemaChecked: false, text },
});

function start(over: Partial<Parameters<typeof answerCache>[0]> = {}) {
  const clock = { ms: 5 };
  const cache = answerCache({ now: () => clock.ms, ...over });
  const textOf = (key: CacheKey, youngerThanMs = TTL) => cache.find(key, youngerThanMs)?.stored.answer.text;
  return { cache, clock, textOf };
}

test('an answer is there until its time is over, counted from when it was asked for', () => {
  const { cache, clock } = start();
  cache.put(KEY, stored('x'), 0, TTL);
  expect(cache.find(KEY, TTL)).toMatchObject({ ageMs: 5 });
  clock.ms = TTL - 1;
  expect(cache.find(KEY, TTL)).toMatchObject({ ageMs: TTL - 1 });
  expect(cache.holds('a')).toBe(true);
  clock.ms = TTL;
  expect(cache.find(KEY, Infinity)).toBeUndefined();
  expect(cache.holds('a')).toBe(false);
});

test('who wants it younger does not get it, and it stays for others', () => {
  const { cache, clock, textOf } = start();
  cache.put(KEY, stored('x'), 5, TTL);
  expect(textOf(KEY, 0)).toBeUndefined();
  clock.ms += 1_000;
  expect(textOf(KEY, 1_000)).toBeUndefined();
  expect(textOf(KEY, 1_001)).toBe('x');
});

test('what was sent tells answers to one call apart, and any of them is one', () => {
  const { cache, textOf } = start();
  cache.put({ asked: 'a', sent: 's1' }, stored('1'), 5, TTL);
  cache.put({ asked: 'a', sent: 's2' }, stored('2'), 5, TTL);
  expect(textOf({ asked: 'a', sent: 's1' })).toBe('1');
  expect(textOf({ asked: 'a', sent: 's2' })).toBe('2');
  expect(textOf({ asked: 'b', sent: 's1' })).toBeUndefined();
  expect(cache.holds('a')).toBe(true);
  expect(cache.holds('b')).toBe(false);
});

test('of one call only the last few are kept', () => {
  const { cache, textOf } = start();
  for (const n of [1, 2, 3, 4, 5]) cache.put({ asked: 'a', sent: `s${n}` }, stored(`${n}`), 5, TTL);
  expect(textOf({ asked: 'a', sent: 's1' })).toBeUndefined();
  expect(textOf({ asked: 'a', sent: 's2' })).toBe('2');
  expect(cache.size().answers).toBe(4);
});

test('a newer answer takes the place of one before', () => {
  const { cache, textOf } = start();
  cache.put(KEY, stored('old', 1_000), 5, TTL);
  const { bytes } = cache.size();
  cache.put(KEY, stored('new', 1_000), 5, TTL);
  expect(textOf(KEY)).toBe('new');
  expect(cache.size()).toEqual({ answers: 1, bytes, evicted: 0 });
});

test('one that is too long is not kept, and what was there stays', () => {
  const { cache, textOf } = start({ mostOfOne: 10_000 });
  cache.put(KEY, stored('short'), 5, TTL);
  expect(cache.put(KEY, stored('', 10_000), 5, TTL)).toBe(false);
  expect(cache.put(KEY, stored('x'.repeat(5_000)), 5, TTL)).toBe(false);
  expect(textOf(KEY)).toBe('short');
});

test('where there is no room the one that was not used longest goes', () => {
  const { cache, textOf } = start({ mostAnswers: 2 });
  const key = (asked: string) => ({ asked, sent: 's' });
  cache.put(key('a'), stored('a'), 5, TTL);
  cache.put(key('b'), stored('b'), 5, TTL);
  expect(textOf(key('a'))).toBe('a');
  cache.put(key('c'), stored('c'), 5, TTL);
  expect([key('a'), key('b'), key('c')].map((each) => textOf(each))).toEqual(['a', undefined, 'c']);
  expect(cache.size()).toMatchObject({ answers: 2, evicted: 1 });
});

test('what is too old is forgotten in passing, once a minute', () => {
  const { cache, clock } = start();
  cache.put(KEY, stored('x'), 5, 1_000);
  clock.ms += 59_999;
  cache.put({ asked: 'b', sent: 's' }, stored('y'), clock.ms, TTL);
  expect(cache.size().answers).toBe(2);
  clock.ms += 1;
  cache.put({ asked: 'c', sent: 's' }, stored('z'), clock.ms, TTL);
  expect(cache.size().answers).toBe(2);
});

test('whatever is put, bounds hold and the counts are those of what is there', () => {
  const key = fc.record({ asked: fc.constantFrom('a', 'b', 'c'), sent: fc.constantFrom('1', '2', '3') });
  const step = fc.record({
    key,
    length: fc.integer({ min: 0, max: 3_000 }),
    waitMs: fc.constantFrom(0, 400),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { cache, clock } = start({ mostBytes: 8_000, mostAnswers: 4, mostOfOne: 3_500 });
      for (const { key, length, waitMs } of steps) {
        clock.ms += waitMs;
        cache.put(key, stored('', length), clock.ms, 1_000);
        const { answers, bytes } = cache.size();
        expect(bytes).toBeLessThanOrEqual(8_000);
        expect(answers).toBeLessThanOrEqual(4);
      }
      clock.ms += 1_000;
      cache.sweep();
      expect(cache.size()).toMatchObject({ answers: 0, bytes: 0 });
    }),
  );
});
