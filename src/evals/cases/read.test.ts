import type { CaseFormat } from '../../api/eval-suite.ts';
import { casesProblemText } from './problem.ts';
import { formatOf, readCases } from './read.ts';

const read = (text: string, format: CaseFormat) => readCases({ source: 'cases', text, format });
const told = (text: string, format: CaseFormat) =>
  (read(text, format).problems ?? []).map((each) => casesProblemText(each));

const WANTED = [
  {
    name: 'angry',
    vars: { ticket: 'Help!', tier: 3 },
    assert: [{ type: 'equals', value: 'billing' }],
    threshold: 0.5,
  },
  { vars: { ticket: 'Hi' } },
];

test('YAML, JSON and JSONL say the same', () => {
  const yaml = `
- name: angry
  vars: { ticket: Help!, tier: 3 }
  assert:
    - { type: equals, value: billing }
  threshold: 0.5
- vars:
    ticket: Hi
`;
  for (const [text, format] of [
    [yaml, 'YAML'],
    [JSON.stringify(WANTED, null, 2), 'JSON'],
    [`${WANTED.map((each) => JSON.stringify(each)).join('\n\n')}\n`, 'JSONL'],
  ] as const)
    expect(read(text, format)).toEqual({ cases: WANTED });
});

test.each<[string, string, CaseFormat, string[]]>([
  [
    'an unknown field',
    '- vars: {}\n- vars: {}\n  asserts: []\n',
    'YAML',
    ['cases:3: [1].asserts: unknown field: remove it or correct its name'],
  ],
  [
    'an unknown assertion',
    '- assert:\n    - type: equal\n',
    'YAML',
    ['cases:2: [0].assert[0].type: must be one of'],
  ],
  [
    'a map in place of a list',
    'tests: []',
    'YAML',
    ['cases:1: must be a list of cases: begin each with "- "'],
  ],
  ['no YAML', '- a\n- "b', 'YAML', ['cases:2: is no YAML: ']],
  [
    'a bomb',
    `a: &a [x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]`,
    'YAML',
    ['cases:3: is no YAML: '],
  ],
  ['no JSON', '[\n  {"vars": {}},\n  {"vars": {} "a"}\n]', 'JSON', ['cases:3: is no JSON: ']],
  [
    'a bad line',
    '{"vars":{}}\n\n{"vars":[]}\n{',
    'JSONL',
    ['cases:3: vars: must be an object', 'cases:4: is no JSON: '],
  ],
  [
    'a way to the prototype',
    '[{"vars": {"__proto__": {}}}]',
    'JSON',
    ['cases:1: [0].vars.__proto__: unknown field'],
  ],
  ['too much', `# ${'x'.repeat(1024 * 1024)}`, 'YAML', ['cases:1: is larger than 1024 KiB: split it up']],
])('%s is told with its line and field', (_what, text, format, expected) => {
  const problems = told(text, format);
  expect(problems).toHaveLength(expected.length);
  for (const [at, each] of expected.entries()) expect(problems[at]).toContain(each);
});

test.each([
  ['cases.csv', 'CSV'],
  ['cases.JSONL', 'JSONL'],
  ['cases.json', 'JSON'],
  ['cases.yml', 'YAML'],
  ['cases', 'YAML'],
])('%s is %s', (name, format) => {
  expect(formatOf(name)).toBe(format);
});

test.each(['YAML', 'JSON', 'JSONL', 'CSV'] as const)(
  'a mark of byte order before %s is none of it',
  (format) => {
    const text = format === 'CSV' ? 'ticket\r\nHi\r\n' : '{"vars": {"ticket": "Hi"}}';
    const whole = format === 'YAML' || format === 'JSON' ? `[${text}]` : text;
    expect(read(`\uFEFF${whole}`, format)).toEqual({ cases: [{ vars: { ticket: 'Hi' } }] });
  },
);
