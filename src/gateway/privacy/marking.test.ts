import fc from 'fast-check';
import { detectorsFor } from '../../privacy/detectors.ts';
import { marking } from './marking.ts';
import { callSecrets } from './secrets.ts';

const detectors = detectorsFor();
const { value, text } = marking(detectors, undefined, () => 0);

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

test('what something is called tells what it is, in values and in JSON within texts', () => {
  const given = {
    password: 'k3Vq9zT1mX7pL2',
    contact: { phone: { number: 2125550123 }, phones: ['2125550124'] },
    other: { number: 2125550125, word: 'k3Vq9zT1mX7pL3' },
  };
  const wanted = {
    password: '[API_KEY]',
    contact: { phone: { number: 0 }, phones: ['[PHONE]'] },
    other: given.other,
  };
  expect(value(given)).toEqual(wanted);
  expect(JSON.parse(text(JSON.stringify(given)))).toEqual(wanted);
  expect(JSON.parse(text(JSON.stringify({ body: JSON.stringify(given) })))).toEqual({
    body: JSON.stringify(wanted),
  });
});

test('what is said by a name and a value counts as the field of that name, wherever the name stands', () => {
  const secret = 'k3Vq9zT1mX7pL2';
  const given = {
    env: [
      { name: 'DB_PASSWORD', value: secret },
      { value: secret, key: 'token' },
      { name: 'words', value: secret },
      { name: 'phone', value: { number: 2125550123 } },
      { name: { password: 'x' }, value: secret },
    ],
    name: 'token',
    other: secret,
  };
  const wanted = {
    env: [
      { name: 'DB_PASSWORD', value: '[API_KEY]' },
      { value: '[API_KEY]', key: 'token' },
      given.env[2],
      { name: 'phone', value: { number: 0 } },
      given.env[4],
    ],
    name: 'token',
    other: secret,
  };
  expect(value(given)).toEqual(wanted);
  expect(JSON.parse(text(JSON.stringify(given)))).toEqual(wanted);
});

test('fields that name something are looked at as well, and numbers have marks where that is wanted', () => {
  const marked = marking(detectors, undefined).value;
  expect(marked({ id: '4111111111111111', card: 4111111111111111, n: 5 })).toEqual({
    id: '[CARD]',
    card: '[CARD]',
    n: 5,
  });
});

test('what another engine found in the call is hidden', () => {
  const secrets = callSecrets(false);
  secrets.vault.hide('Jane "J" Doe', [{ kind: 'PERSON', start: 0, end: 12 }]);
  const { value, text } = marking(detectors, secrets);
  expect(value([{ content: ['Jane "J" Doe asks'] }])).toEqual([{ content: ['[PERSON_1] asks'] }]);
  expect(text(JSON.stringify({ said: 'Jane "J" Doe' }))).toBe('{"said":"[PERSON_1]"}');
});

test.each([
  ['Write to a@example.com', 'Write to [EMAIL]'],
  ['{"to": "a@example.com"}', '{"to": "[EMAIL]"}'],
  ['{"card": 4111111111111111, "n": 5.00}', '{"card": 0, "n": 5.00}'],
  ['{"to": "a@example.com", "to": "nobody"}', '{"to": "[EMAIL]", "to": "nobody"}'],
  ['[6304000000000000000000, 6304000000000000]', '[6304000000000000000000, 0]'],
  ['{"to": "a\\u0040example.com"}', '{"to": "[EMAIL]"}'],
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
