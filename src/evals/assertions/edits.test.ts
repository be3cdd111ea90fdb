import fc from 'fast-check';
import { editsWithin } from './edits.ts';

/** By the definition, in full. */
function edits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const changed = row[to - 1]! + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, row[to]! + 1, next[to - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}

test('within the band it counts as the definition does, and beyond it says so', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 0, max: 12 }), (one, other, most) => {
      const all = edits(one, other);
      expect(editsWithin(one, other, most)).toBe(all <= most ? all : undefined);
    }),
  );
});

test('long texts are compared in their length, not in its square', () => {
  const long = 'ab'.repeat(50_000);
  expect(editsWithin(long, `${long}xyz`, 5)).toBe(3);
  expect(editsWithin(long, 'c'.repeat(100_000), 5)).toBeUndefined();
});
