import fc from 'fast-check';
import { detectorsFor } from './detectors.ts';
import { redactText, redactValue } from './redact-value.ts';

const detectors = detectorsFor();
const value = (given: unknown) => redactValue(given, detectors);
const text = (given: string) => redactText(given, detectors);

test('texts, names and numbers of a value are redacted, and its form is kept', () => {
  expect(
    value({ to: ['a@example.com', { 'b@example.com': 4111111111111111 }], n: 5, ok: true, no: null }),
  ).toEqual({
    to: ['[EMAIL]', { '[EMAIL]': 0 }],
    n: 5,
    ok: true,
    no: null,
  });
});

test('what stands beside each other is told apart', () => {
  expect(value(['4111 1111', '1111 1111'])).toEqual(['4111 1111', '1111 1111']);
  expect(value(['a\u0000b', 'c@example.com'])).toEqual(['a\u0000b', '[EMAIL]']);
});

test.each([
  ['Write to a@example.com', 'Write to [EMAIL]'],
  ['{"to": "a@example.com"}', '{"to": "[EMAIL]"}'],
  ['{"card": 4111111111111111, "n": 5}', '{"card":0,"n":5}'],
  ['{"to": "a\\u0040example.com"}', '{"to":"[EMAIL]"}'],
  ['{"n": 5,  "word": "nothing"}', '{"n": 5,  "word": "nothing"}'],
  ['["4111 1111 1111 1111", {]', '["[CARD]", {]'],
])('%s becomes %s', (given, wanted) => expect(text(given)).toBe(wanted));

test('JSON stays JSON, of the same form where names are told apart', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (given) => {
      expect(value(value(given))).toEqual(value(given));
      const json = JSON.stringify(given);
      const redacted = text(json);
      if (given !== null && typeof given === 'object') expect(() => JSON.parse(redacted)).not.toThrow();
    }),
  );
});
