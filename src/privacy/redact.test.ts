import fc from 'fast-check';
import { detectorsFor, KINDS } from './detectors.ts';
import { find } from './find.ts';
import { redact } from './redact.ts';
import { redactReversibly } from './reversible.ts';

const all = detectorsFor();
const withOwn = detectorsFor(KINDS, [{ kind: 'TICKET', pattern: '#[0-9]+' }]);

/** Text in which things are found, marks that look like Sluice's own, and pieces that are nearly something. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      'bob@example.com',
      '+49 30 901820',
      '4111 1111 1111 1111',
      'DE89370400440532013000',
      '10.1.2.3',
      '::1',
    ],
    ...['123-45-6789', 'sk-abcdefghijklmnopqrstuvwxyz', 'phone: 5550123456', '#17', '(212) 555-0123'],
    ...[
      '[EMAIL]',
      '[EMAIL_1]',
      '[EMAIL_2]',
      '[PHONE_1]',
      '[',
      ']',
      '[EMAIL_',
      '1]',
      '$&',
      'api_key=',
      'tel ',
      '@',
    ],
    ...[
      ' ',
      '\n',
      '\\n',
      '\\',
      '\\u0040',
      '\\"',
      ', ',
      '.',
      '-',
      'x',
      'é',
      '😀',
      '12',
      '4111',
      '名前',
      'token: q8Zr3LxT0pVn5Yb7',
      '.1',
      '::',
    ],
  ),
  fc.string({ maxLength: 5 }),
);
const anyText = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));

test('marks say what was there, and counts how often', () => {
  expect(redact('bob@example.com or al@example.com, +49 30 901820', all)).toEqual({
    text: '[EMAIL] or [EMAIL], [PHONE]',
    counts: { EMAIL: 2, PHONE: 1 },
  });
});

test('nothing that is found is left', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(find(redact(text, all).text, all)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('what is not found is left as it is, in its order', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const spans = find(text, withOwn);
      let at = 0;
      let rest = redact(text, withOwn).text;
      for (const { kind, start, end } of spans) {
        expect(start).toBeGreaterThanOrEqual(at);
        const before = `${text.slice(at, start)}[${kind}]`;
        expect(rest.startsWith(before)).toBe(true);
        rest = rest.slice(before.length);
        at = end;
      }
      expect(rest).toBe(text.slice(at));
    }),
  );
});

test.each([
  'Das Modell hat 42 Fragen in 3,5 Sekunden beantwortet.',
  'En 2024, le prix était de 1 234,56 € (TVA 20 %).',
  '版本 1.2.3 于 2024-01-15 12:30:45 发布。',
  'const x = foo::bar(1, 2); // see RFC 5321 § 4.1.2',
  'Заказ № 20240115 на сумму 99,90 ₽',
  '{"id":"550e8400-e29b-41d4-a716-446655440000","n":1700000000000}',
])('has nothing to find in %j', (text) => {
  expect(redact(text, all)).toEqual({ text, counts: {} });
});

describe('reversibly', () => {
  test('the same value has the same placeholder, in the answer too', () => {
    const { text, restore } = redactReversibly('bob@example.com, al@example.com, bob@example.com', all);
    expect(text).toBe('[EMAIL_1], [EMAIL_2], [EMAIL_1]');
    expect(restore('I wrote to [EMAIL_2], not to [EMAIL_1] or [EMAIL_3].')).toBe(
      'I wrote to al@example.com, not to bob@example.com or [EMAIL_3].',
    );
  });

  test('placeholders that the text already has are not used', () => {
    const { text, restore } = redactReversibly('[EMAIL_1] means bob@example.com', all);
    expect(text).toBe('[EMAIL_1] means [EMAIL_2]');
    expect(restore(text)).toBe('[EMAIL_1] means bob@example.com');
  });

  test('restoring gives the text back, whole or in pieces', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(7), { minLength: 1 }), (text, sizes) => {
        const { text: redacted, restore, restorer } = redactReversibly(text, withOwn);
        expect(restore(redacted)).toBe(text);
        const stream = restorer();
        let streamed = '';
        for (let at = 0, piece = 0; at < redacted.length; piece++) {
          const size = (sizes[piece % sizes.length] ?? 0) + 1;
          streamed += stream.push(redacted.slice(at, at + size));
          at += size;
        }
        expect(streamed + stream.end()).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a stream holds back no more than what may become a placeholder', () => {
    const stream = redactReversibly('bob@example.com', all).restorer();
    expect(stream.push('to [EM')).toBe('to ');
    expect(stream.push('AIL_1')).toBe('');
    expect(stream.push('], [see')).toBe('bob@example.com, [see');
    expect(stream.push(' [1] or [')).toBe(' [1] or ');
    expect(stream.push('A'.repeat(100))).toBe(`[${'A'.repeat(100)}`);
    expect(stream.push('[EMAIL_')).toBe('');
    expect(stream.end()).toBe('[EMAIL_');
  });
});

/** What, repeated to a million letters, makes a pattern that goes back look at all of it again and again. */
const HOSTILE = [
  ...['a', '1', '@', '.', ':', '-', ' ', '+', '(', '[', '0', 'A', '\n'],
  ...[
    'a@',
    '1 ',
    '1-',
    '1.',
    '(1',
    '+1 ',
    ':1',
    '1:',
    'a.',
    '.a',
    '@a.',
    '4 ',
    '41',
    'DE12',
    'DE12 ',
    '0 1',
    '01 ',
  ],
  ...[
    'eyJ',
    'eyJaaaaaaaaaaaa.',
    'sk-',
    'sk-a',
    'SG.',
    'token=',
    'bearer ',
    'tel ',
    'tel 1',
    'ssn ',
    '[EMAIL_',
  ],
  ...['\\', '\\n', '\\\\u', '\\u0041', '\\u0031 ', '\\nDE12', 'token=\\"'],
  ...['-----BEGIN PRIVATE KEY-----', 'x@y.z.', 'é@é.', '2001:db8::', '4111 1111 1111 1111 ', '123-45-'],
];

test.each(HOSTILE)('a megabyte of %j is done with', (unit) => {
  const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
  const { text: redacted, restore } = redactReversibly(text, all);
  expect(restore(redacted) === text).toBe(true);
});
