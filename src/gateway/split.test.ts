import fc from 'fast-check';
import { drawsCandidate, placeOf, stickyKey } from './split.ts';

test('raising the weight only moves callers from stable to candidate', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.string(),
      fc.string(),
      fc.nat(100),
      fc.nat(100),
      (uid, candidate, key, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        return !drawsCandidate(uid, candidate, low, key) || drawsCandidate(uid, candidate, high, key);
      },
    ),
  );
});

test('nobody at 0 %, everybody at 100 %', () => {
  expect(drawsCandidate('u', 'c', 0, 'k')).toBe(false);
  expect(drawsCandidate('u', 'c', 100, 'k')).toBe(true);
});

/** Chi-square over 20 classes; 43.8 is exceeded once in a thousand by a fair draw, and this draw never changes. */
const FAIR = 43.8;
function chiSquare(places: number[]): number {
  const counts = new Array<number>(20).fill(0);
  for (const place of places) counts[Math.floor(place * 20)]! += 1;
  const expected = places.length / 20;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

test.each([
  ['numbers', (n: number) => String(n)],
  ['users', (n: number) => `user-${n}`],
  ['long common prefixes', (n: number) => `${'x'.repeat(200)}${n}`],
])('keys fall evenly: %s', (_name, key) => {
  const places = Array.from({ length: 20_000 }, (_, n) => placeOf('uid', 'triage-b8e07d2c51', key(n)));
  expect(chiSquare(places)).toBeLessThan(FAIR);
});

test('two releases draw independently', () => {
  const both = Array.from({ length: 20_000 }, (_, n) => [
    drawsCandidate('uid-1', 'a-1', 50, `user-${n}`),
    drawsCandidate('uid-2', 'b-1', 50, `user-${n}`),
  ]);
  const share = both.filter(([one, other]) => one && other).length / both.length;
  // 4 standard deviations of a fair quarter.
  expect(Math.abs(share - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / both.length));
});

test('a key is what keeps a caller where it is', () => {
  const body = { user: 'u', prompt_cache_key: 'p', conversation: { id: 'c' } };
  expect(stickyKey('x-user-id', { 'x-user-id': 'h' }, body)).toBe('h');
  expect(stickyKey('x-user-id', {}, body)).toBe('c');
  expect(stickyKey(undefined, {}, { user: 'u', prompt_cache_key: 'p' })).toBe('p');
  expect(stickyKey(undefined, {}, { user: 7, conversation: null })).toBeUndefined();
});
