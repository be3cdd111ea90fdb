import { sentimentOf } from './sentiment.ts';

test.each([
  ['positive', 'Thank you for writing! We are happy to help, and this is a great question.'],
  ['negative', 'That is a terrible idea, and your stupid question is annoying.'],
  ['negative', 'This is not good.'],
  ['negative', 'I don’t like it'],
  ['positive', 'No problem at all.'],
  ['mixed', 'The good news is that it is fine; the bad news is that it is lost.'],
  ['none', 'billing'],
  ['none', '{"queue": "returns", "priority": 2}'],
  ['none', 'Ihr Paket kommt morgen.'],
  ['none', ''],
])('%s: %s', (sentiment, text) => expect(sentimentOf(text)).toBe(sentiment));

test('a negation reaches only as far as a few words', () => {
  expect(sentimentOf('It is not the one that you asked about, and the answer is excellent.')).toBe(
    'positive',
  );
});

test('words that an object has by itself are none of the list', () => {
  expect(sentimentOf('constructor toString valueOf')).toBe('none');
});
