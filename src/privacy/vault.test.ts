import fc from 'fast-check';
import { vault } from './vault.ts';

/** A vault that has found each of these. */
function holding(values: Iterable<string>) {
  const { hide, conceal } = vault();
  for (const value of values) hide(value, [{ kind: 'X', start: 0, end: value.length }]);
  return conceal;
}

test('the longest value that stands in a place is concealed, and no placeholder is looked into', () => {
  const conceal = holding(['Jane', 'Jane Doe', 'Jane Doe Smith', 'X', '1']);
  expect(conceal('Jane, Jane Doe, Jane Doe Sm, Jane Doe Smithers: XX, 21')).toBe(
    '[X_1], [X_2], [X_2] Sm, [X_3]ers: [X_4][X_4], 2[X_5]',
  );
  expect(conceal('nobody')).toBe('nobody');
});

test('nothing of what was found is left, wherever it stands', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.uniqueArray(letters, { maxLength: 12 }), fc.array(letters), (values, parts) => {
      const text = parts.join('');
      const left = holding(values)(text).split(/\[X_\d+\]/);
      for (const value of values) for (const part of left) expect(part).not.toContain(value);
      const back = new Map(values.map((value, at) => [`[X_${at + 1}]`, value]));
      expect(holding(values)(text).replace(/\[X_\d+\]/g, (placeholder) => back.get(placeholder)!)).toBe(text);
    }),
  );
});

test('very many values take no time of others, whatever the text', () => {
  const conceal = holding(Array.from({ length: 100_000 }, (_, n) => `x${n.toString(36)}@b.co`));
  conceal('x');
  const begun = performance.now();
  for (const unit of ['x', '@b.co', 'x1@b.c', 'x1@b.co ']) conceal(unit.repeat(200_000 / unit.length));
  // Each value by itself would take a minute.
  expect(performance.now() - begun).toBeLessThan(5_000);
});
