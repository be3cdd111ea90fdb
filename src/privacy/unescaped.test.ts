import fc from 'fast-check';
import { detectorsFor } from './detectors.ts';
import { find } from './find.ts';
import { replaceSpans } from './redact.ts';

const detectors = detectorsFor();
const FOUND = [
  ...['4111 1111 1111 1111', '+49 170 1234567', '10.20.30.40', '078-05-1120', 'DE89370400440532013000'],
  ...['sk-proj-abcdefghijklmnop12345678', 'jane@example.com', 'ring@example.com'],
];

/** What is found in a text, and the text without it. */
function looked(text: string): { values: string[]; rest: string } {
  const spans = find(text, detectors);
  return {
    values: spans.map(({ start, end }) => text.slice(start, end)),
    rest: replaceSpans(text, spans, ({ kind }) => `[${kind}]`),
  };
}

const ofString = (text: string) => JSON.stringify(text).slice(1, -1);

describe.each(FOUND)('%s', (value) => {
  test.each<[string, string]>([
    ['a line end', `a\n${value}\nb`],
    ['two', `a\r\n${value}\r\n\r\nb`],
    ['a tab', `a\t${value}\tb`],
    ['a quote', `say "${value}"`],
    ['a letter beyond ASCII, written by its number', `卡号${value}`],
  ])('is found behind the escape of %s, and no escape is cut', (_what, text) => {
    const written = ofString(text).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    // In the text of a string, in JSON within JSON, in one that is cut off, and between words.
    for (const wrap of [
      written,
      `{"note":"${written}"}`,
      `"note": "${written}`,
      `See {"a":"${written}"} too`,
    ]) {
      expect(looked(wrap).values).toEqual([value]);
      expect(looked(ofString(wrap)).values).toEqual([value]);
    }
    const parsed = JSON.parse(looked(`{"note":"${written}"}`).rest) as { note: string };
    expect(parsed.note).toMatch(/^[^0-9@]*\[[A-Z_]+\][^0-9@]*$/);
  });
});

test.each([
  ['{"to":"jane\\u0040example.com"}', '{"to":"[EMAIL]"}'],
  ['{"to":"\\u006aane\\u0040example.co\\u006d"}', '{"to":"[EMAIL]"}'],
  ['"4111\\u00201111\\u00201111\\u00201111"', '"[CARD]"'],
  ['"-----BEGIN PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----\\n"', '"[API_KEY]\\n"'],
  ['"url":"https:\\/\\/10.1.2.3\\/x"', '"url":"https:\\/\\/[IP]\\/x"'],
])('%s is found as it reads, and written as it is written', (text, wanted) => {
  expect(looked(text).rest).toBe(wanted);
});

test.each(['C:\\new\\table 12', '\\\\server\\bin', 'a\\u12', 'x\\', '\\\\\\', '/\\d+\\b/'])(
  'nothing is in %s',
  (text) => expect(looked(text)).toEqual({ values: [], rest: text }),
);

const anyText = (...more: string[]) =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...FOUND, '\n', '\t', '"', ' ', 'x', 'é', ', ', ...more),
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.join(''));

test('what is found in a text is not left in JSON of it', () => {
  fc.assert(
    fc.property(anyText(), (any) => {
      const text = any.replaceAll('\\', '');
      const { text: rest } = JSON.parse(looked(JSON.stringify({ text })).rest) as { text: string };
      expect(looked(rest).values).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('JSON stays JSON, whatever backslashes are in its texts', () => {
  fc.assert(
    fc.property(anyText('\\', '\\n', '\\u0040'), (text) => {
      expect(() => JSON.parse(looked(JSON.stringify({ text })).rest)).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
});
