import fc from 'fast-check';
import { addTraits, countTraits, noTraits } from './counts.ts';
import { answerTraits, feedbackTraits, inputTraits, userText } from './traits.ts';

test.each([
  ['a text', 'Hello', 'Hello'],
  [
    'messages of which only users count',
    [
      { role: 'system', content: 'Triage.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where?' },
          { type: 'image_url', image_url: { url: 'x' } },
        ],
      },
    ],
    'Hello\nWhere?',
  ],
  ['items of a response', [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }], 'Hello'],
  ['nothing', undefined, ''],
  ['what is no message', [null, 3, { role: 'user' }], ''],
])('what users say in %s', (_what, asked, text) => expect(userText(asked)).toBe(text));

test('of a very long call only the beginning is looked at', () => {
  expect(userText([{ role: 'user', content: 'x'.repeat(150_000) }, 'more'])).toHaveLength(100_000);
});

test('nothing of what was said is in the buckets, and they are few', () => {
  const secret = fc.string({ minLength: 12, unit: fc.constantFrom(...'QXZqxz#') });
  const seen = new Set<string>();
  fc.assert(
    fc.property(secret, secret, fc.nat(50), (text, value, messages) => {
      const found = inputTraits({ text, messages, variables: { lang: value, [text]: 1 } }, ['lang', 'other']);
      expect(Object.keys(found)).toEqual([
        'length',
        'messages',
        'language',
        'variables',
        'value:lang',
        'value:other',
      ]);
      expect(JSON.stringify(found)).not.toMatch(/[QXZ#]/);
      expect(found['value:other']).toBe('absent');
      seen.add(found['value:lang']!).add(found.variables!);
    }),
  );
  expect(seen.size).toBeGreaterThan(8);
  expect(seen.size).toBeLessThanOrEqual(32);
});

test('what is said in variables counts as said, but for labels', () => {
  const of = (text: string, variables: object) =>
    inputTraits({ text, messages: 0, variables: { ...variables } }, ['lang']);
  const question = 'Wo ist das Paket, und wie ist die Nummer?';
  const { language, length } = of('', { ticket: question, lang: 'en', more: 3 });
  expect(of(question, {})).toMatchObject({ language, length });
  expect(language).toBe('de');
});

test('the order in which variables are given is none of their business', () => {
  const of = (variables: Record<string, unknown>) => inputTraits({ text: '', messages: 1, variables }, ['a']);
  expect(of({ a: 1, b: 2 })).toEqual(of({ b: 3, a: 1 }));
  expect(of({ a: 1 }).variables).not.toBe(of({ b: 2 }).variables);
});

test('an answer, and what is said of it', () => {
  expect(answerTraits('success', 'Thank you!')).toEqual({
    ending: 'success',
    length: '6',
    sentiment: 'positive',
  });
  expect(answerTraits('truncated', undefined)).toEqual({ ending: 'truncated' });
  expect(feedbackTraits({ thumb: 'down', score: 1 })).toEqual({ thumb: 'down', score: '4' });
  expect(feedbackTraits({ score: 0.39 })).toEqual({ score: '1' });
});

test('counts add up', () => {
  const [one, other] = [noTraits(), noTraits()];
  countTraits(one.inputs, { language: 'en' });
  countTraits(one.inputs, { language: 'de' });
  countTraits(other.inputs, { language: 'de', length: '4' });
  addTraits(one, other);
  expect(one).toEqual({
    inputs: { language: { en: 1, de: 2 }, length: { 4: 1 } },
    answers: {},
    feedback: {},
  });
});
