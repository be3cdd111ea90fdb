import { readCsv } from './csv.ts';
import { expectedAssertion } from './expected.ts';
import { casesProblemText } from './problem.ts';

const told = (text: string) => (readCsv('c.csv', text).problems ?? []).map(casesProblemText);

test('a column is a variable, and those with two underscores are not', () => {
  const text = `\uFEFFticket, language ,__expected,__expected2,__metric,__threshold,__description
"My invoice,
is ""wrong""",de,billing,icontains:Rechnung,topic,0.5,an angry customer

Hi,,,,,,
`;
  expect(readCsv('c.csv', text)).toEqual({
    cases: [
      {
        name: 'an angry customer',
        vars: { ticket: 'My invoice,\nis "wrong"', language: 'de' },
        assert: [
          { type: 'equals', value: 'billing', metric: 'topic' },
          { type: 'icontains', value: 'Rechnung', metric: 'topic' },
        ],
        threshold: 0.5,
      },
      { vars: { ticket: 'Hi', language: '' } },
    ],
  });
});

test('a column may say the threshold of an assertion, and metadata is passed over', () => {
  const columns = 'a,__expected,__expected2,__config:__expected2:threshold,__metadata:team';
  expect(readCsv('c.csv', `${columns}\n1,x,similar:y,0.9,care\n2,x,,,\n`)).toEqual({
    cases: [
      {
        vars: { a: '1' },
        assert: [
          { type: 'equals', value: 'x' },
          { type: 'similar', value: 'y', threshold: 0.9 },
        ],
      },
      { vars: { a: '2' }, assert: [{ type: 'equals', value: 'x' }] },
    ],
  });
  expect(told(`${columns}\n1,x,similar:y,much,\n`)).toEqual([
    'c.csv:2: __config:__expected2:threshold: must be a number, not "much"',
  ]);
});

test.each<[string, string, string[]]>([
  ['rows of another length', 'a,b\n1,2\n3\n', ['c.csv:3: is no CSV: ']],
  ['a quote that does not end', 'a\n"x\n', ['c.csv:2: is no CSV: ']],
  ['nothing', '', ['c.csv:1: is empty: begin with a row of names']],
  ['one underscore', 'a,_expected\n1,2\n', ['c.csv:1: column 2: write __expected for _expected']],
  ['a column twice', 'a,a\n1,2\n', ['c.csv:1: column 2: "a" is there twice: rename one']],
  [
    'an unknown column',
    'a,__prefix\n1,2\n',
    ['c.csv:1: column 2: __prefix is unknown: there are __expected'],
  ],
  ['a way to the prototype', 'a,__proto__\n1,2\n', ['c.csv:1: column 2: __proto__ is unknown']],
  [
    'cells that are wrong, each with its own line',
    'a,__expected,__threshold\n"1\n1",python:x,1.5\n2,x,much\n',
    [
      'c.csv:2: __expected: there is no assertion python here',
      'c.csv:2: threshold: must be at most 1',
      'c.csv:4: __threshold: must be a number from 0 to 1, not "much"',
    ],
  ],
])('%s is told', (_what, text, expected) => {
  const problems = told(text);
  expect(problems).toHaveLength(expected.length);
  for (const [at, each] of expected.entries()) expect(problems[at]).toContain(each);
});

test.each<[string, object]>([
  ['Hello: you', { type: 'equals', value: 'Hello: you' }],
  ['contains', { type: 'contains' }],
  ['contains:a:b', { type: 'contains', value: 'a:b' }],
  ['not-icontains: a ', { type: 'not-icontains', value: 'a' }],
  ['contains-any:a, b ,c', { type: 'contains-any', value: 'a, b ,c' }],
  ['contains-all:"a, b", c', { type: 'contains-all', value: '"a, b", c' }],
  ['is-json', { type: 'is-json' }],
  ['similar:Hello', { type: 'similar', value: 'Hello', threshold: 0.8 }],
  ['similar(0.9):Hello', { type: 'similar', value: 'Hello', threshold: 0.9 }],
  ['similar(0):Hello', { type: 'similar', value: 'Hello', threshold: 0 }],
  [' Hello ', { type: 'equals', value: 'Hello' }],
  ['latency(1500)', { type: 'latency', threshold: 1500 }],
  ['levenshtein:abc', { type: 'levenshtein', value: 'abc', threshold: 0.75 }],
  ['grade: is polite', { type: 'llm-rubric', value: ' is polite' }],
  ['llm-rubric:is polite', { type: 'llm-rubric', value: 'is polite' }],
  ['note:this', { type: 'equals', value: 'note:this' }],
])('%s is read as promptfoo reads it', (cell, assertion) => {
  expect(expectedAssertion(cell)).toEqual({ assertion });
});

test.each([
  'javascript:output.length',
  'fn:x',
  'eval:x',
  'python:x',
  'file://check.js',
  'not-rouge-n(0.5):x',
  'contains-all',
])('%s is not taken for text', (cell) => {
  expect(expectedAssertion(cell)).toHaveProperty('error');
});

test('line ends of both kinds in one text end lines alike, and within quotes are content', () => {
  const rows = 'ticket,__expected\nHi,yes\r\n"a\r\nb",no\r\nBye,"yes"\n';
  expect(readCsv('s', rows)).toEqual({
    cases: [
      { vars: { ticket: 'Hi' }, assert: [{ type: 'equals', value: 'yes' }] },
      { vars: { ticket: 'a\r\nb' }, assert: [{ type: 'equals', value: 'no' }] },
      { vars: { ticket: 'Bye' }, assert: [{ type: 'equals', value: 'yes' }] },
    ],
  });
  expect(readCsv('s', 'a,b\n1,2\r\n')).toEqual({ cases: [{ vars: { a: '1', b: '2' } }] });
  expect(readCsv('s', 'a,b\n1,2\r\n1,2,3\r\n')).toMatchObject({ problems: [{ line: 3 }] });
});
