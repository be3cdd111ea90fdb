import { restoration, restoredBody } from './restore-value.ts';

const values = new Map(Array.from({ length: 100_000 }, (_, n) => [`[EMAIL_${n}]`, `${n}@example.com`]));

test('a body without placeholders of the call stays as it came', () => {
  for (const said of ['{"said": "nothing"}', '{"said": "[EMAIL_100000] [EMAIL_ [X_1]"}']) {
    const body = Buffer.from(said);
    expect(restoredBody(body, restoration(values, false))).toBe(body);
  }
  const body = Buffer.from('{"said": "[EMAIL_7]", "n": 1.0}');
  expect(restoredBody(body, restoration(values, false))).toBe('{"said":"7@example.com","n":1}');
});

test('very many placeholders take no time of others, whatever the answer', () => {
  const all = restoration(values, false);
  const begun = performance.now();
  for (const unit of ['[', '[EMAIL_', '[EMAIL_1']) restoredBody(Buffer.from(unit.repeat(60_000)), all);
  // Each placeholder by itself would take a minute.
  expect(performance.now() - begun).toBeLessThan(5_000);
});
