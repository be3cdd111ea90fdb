import { linearPattern } from './linear-pattern.ts';

test.each([
  ['^\\d{3}-\\d{4}$', '', '555-1234', true],
  ['^\\d{3}-\\d{4}$', '', '5555-1234', false],
  ['hello', '', 'say Hello', false],
  ['hello', 'i', 'say Hello', true],
  ['^b', '', 'a\nb', false],
  ['^b', 'm', 'a\nb', true],
  ['a.b', '', 'a\nb', false],
  ['a.b', 's', 'a\nb', true],
  ['(?<year>\\d{4})', 'u', 'in 2026', true],
  ['\\u00e9|/path', '', 'é', true],
  ['[\\w.]+@[\\w.]+', '', 'x@y.z', true],
])('/%s/%s on %j', (source, flags, text, expected) => {
  expect(linearPattern(source, flags).test(text)).toBe(expected);
  expect(new RegExp(source, flags).test(text)).toBe(expected);
});

test.each(['(?=a)b', '(a)\\1', '(', '[z-a]', '(?<!x)y'])('%s is refused by name', (source) => {
  expect(() => linearPattern(source)).toThrow(SyntaxError);
  expect(() => linearPattern(source)).toThrow(`pattern ${JSON.stringify(source)} is not understood`);
});

// With JavaScript's own this would go on for longer than the universe has.
test('a pattern that would never end comes to its end', () => {
  expect(linearPattern('^(a+)+$').test(`${'a'.repeat(10_000)}!`)).toBe(false);
});
