import { parseManifests } from '../../api/manifest.ts';
import { asName, importedManifests } from './manifests.ts';
import { importPromptfoo } from './promptfoo.ts';

const from = (text: string, files: Record<string, string> = {}) =>
  importPromptfoo(text, (path) => files[path]);

const CONFIG = `
description: Sorts tickets
prompts:
  - file://prompts/triage.txt
  - id: file://prompts/chat.json
    label: Chat prompt
  - 'Sort {{ticket}} for {{customer.name}}.'
providers: [openai:gpt-5-mini]
evaluateOptions: {repeat: 2, maxConcurrency: 64}
defaultTest:
  vars: {product: Acme}
  threshold: 0.7
  assert:
    - {type: not-is-refusal}
  options:
    provider: openai:chat:gpt-5-mini-2025-08-07
assertionTemplates:
  polite: {type: llm-rubric, value: Is polite}
tests:
  - description: an invoice
    vars: {ticket: file://tickets/invoice.txt, language: [de, en]}
    assert:
      - {type: icontains, value: billing, weight: 2, metric: queue}
      - $ref: '#/assertionTemplates/polite'
  - vars: {ticket: Hi, product: Other}
    threshold: 1
  - file://tests.csv
  - more.yaml
`;
const FILES = {
  'prompts/triage.txt': 'Sort {{ticket}}.\n---\nSort it well: {{ticket}}',
  'prompts/chat.json':
    '[{"role": "system", "content": "You sort."}, {"role": "user", "content": "{{ticket}}"}]',
  'tickets/invoice.txt': 'My invoice is wrong.\n',
  'tests.csv': 'ticket,__expected,__expected2\nBye,equals:other,javascript:x\n',
  'more.yaml': '- vars: {ticket: Yes}\n  assert: [{type: is-json, value: file://schema.json}]\n',
  'schema.json': '{"type": "object"}',
};

test('takes prompts, tests, defaults and what files hold of them', () => {
  const { suite, cases, prompts, leftOut } = from(CONFIG, FILES);
  expect(suite).toEqual({
    assert: [{ type: 'not-is-refusal' }],
    judge: { providerRef: { name: 'openai' }, model: 'gpt-5-mini-2025-08-07' },
    repeat: 2,
    concurrency: 32,
  });
  const invoice = (language: string) => ({
    name: 'an invoice',
    vars: { product: 'Acme', ticket: 'My invoice is wrong.', language },
    assert: [
      { type: 'icontains', value: 'billing', weight: 2, metric: 'queue' },
      { type: 'llm-rubric', value: 'Is polite' },
    ],
    threshold: 0.7,
  });
  expect(cases).toEqual([
    invoice('de'),
    invoice('en'),
    { vars: { ticket: 'Hi', product: 'Other' }, threshold: 1 },
    {
      vars: { product: 'Acme', ticket: 'Bye' },
      assert: [{ type: 'equals', value: 'other' }],
      threshold: 0.7,
    },
    {
      vars: { product: 'Acme', ticket: 'Yes' },
      assert: [{ type: 'is-json', value: { type: 'object' } }],
      threshold: 0.7,
    },
  ]);
  const ticket = { variables: { type: 'object', properties: { ticket: {} } } };
  expect(prompts).toEqual([
    { prompt: { messages: [{ role: 'user', content: 'Sort {{ticket}}.' }], ...ticket } },
    { prompt: { messages: [{ role: 'user', content: 'Sort it well: {{ticket}}' }], ...ticket } },
    {
      label: 'Chat prompt',
      prompt: {
        messages: [
          { role: 'system', content: 'You sort.' },
          { role: 'user', content: '{{ticket}}' },
        ],
        ...ticket,
      },
    },
    expect.objectContaining({
      prompt: expect.objectContaining({
        variables: { type: 'object', properties: { ticket: {}, customer: {} } },
      }),
    }),
  ]);
  expect(leftOut).toEqual([
    'providers: make a ModelRoute and its ModelProvider of them',
    'tests.csv: line 2: __expected2: there is no assertion javascript here: see docs/assertions.md',
  ]);
});

test('what is made of it are manifests that hold', () => {
  const text = importedManifests(from(CONFIG, FILES), {
    name: 'tickets',
    namespace: 'support',
    route: 'fast',
  });
  const manifests = parseManifests(text, 'm.yaml');
  expect(manifests.flatMap(({ problems }) => problems)).toEqual([]);
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`)).toEqual([
    'EvalSuite support/tickets',
    'PromptRelease support/tickets-1',
    'PromptRelease support/tickets-2',
    'PromptRelease support/chat-prompt',
    'PromptRelease support/tickets-4',
  ]);
});

test('many cases go to ConfigMaps', () => {
  const tests = Array.from({ length: 300 }, (_, at) => ({ vars: { at, text: 'x'.repeat(4_000) } }));
  const text = importedManifests(from(JSON.stringify({ tests })), { name: 'many', route: 'fast' });
  const [suite, ...others] = parseManifests(text, 'm.yaml');
  expect(suite?.problems).toEqual([]);
  expect(suite?.spec).toEqual({
    casesFrom: [1, 2].map((at) => ({ configMapKeyRef: { name: `many-cases-${at}`, key: 'cases.jsonl' } })),
  });
  const lines = others.flatMap(({ raw }) =>
    (raw!.data as { 'cases.jsonl': string })['cases.jsonl'].trim().split('\n'),
  );
  expect(lines.map((line) => JSON.parse(line))).toEqual(tests);
});

test.each<[string, object, string]>([
  [
    'code in an assertion',
    { assert: [{ type: 'javascript', value: 'true' }] },
    'tests[0].assert[0]: javascript is code, which is not run here',
  ],
  [
    'code in a value',
    { assert: [{ type: 'equals', value: 'file://x.py:get' }] },
    'tests[0].assert[0].value: x.py:get is code',
  ],
  [
    'an assertion that is none here',
    { assert: [{ type: 'rouge-n', value: 'x' }] },
    'tests[0].assert[0]: there is no assertion rouge-n here',
  ],
  [
    'a set of assertions',
    { assert: [{ type: 'assert-set', assert: [] }] },
    'tests[0].assert[0]: there is no assertion assert-set',
  ],
  [
    'an assertion after a transform',
    { assert: [{ type: 'equals', value: 'x', transform: 'output.x' }] },
    'tests[0].assert[0]: transform is code',
  ],
  [
    'a judge of its own',
    { assert: [{ type: 'equals', value: 'x', provider: 'openai:x' }] },
    "tests[0].assert[0].provider: the suite's judge is asked",
  ],
  [
    'a template with logic',
    { assert: [{ type: 'equals', value: '{{ x | upper }}' }] },
    'tests[0].assert[0]: equals has a template with logic',
  ],
  ['a threshold out of range', { threshold: 3 }, 'tests[0]: threshold: must be at most 1'],
  ['a variable from code', { vars: { a: 'file://a.js' } }, 'tests[0].vars.a: a.js is code'],
  ['a variable from a picture', { vars: { a: 'file://a.png' } }, 'tests[0].vars.a: a.png is no text'],
  ['a file that is not there', { vars: { a: 'file://a.txt' } }, 'tests[0].vars.a: a.txt cannot be read'],
  [
    'what changes the answer',
    { options: { transform: 'output' } },
    'tests[0].options.transform: changes question or answer',
  ],
  ['a reference that leads nowhere', { assert: [{ $ref: '#/x' }] }, '$ref #/x leads nowhere'],
  ['an unknown field', { scenario: 1 }, 'tests[0].scenario: is not known here'],
])('%s is told', (_what, one, message) => {
  const { leftOut } = from(JSON.stringify({ tests: [one] }));
  expect(leftOut.join('\n')).toContain(message);
});

test('a test whose meaning would change is left out, an assertion that is left out leaves its test', () => {
  const tests = [
    { vars: { a: 'one' }, options: { transform: 'x' } },
    { vars: { a: 'two' }, assert: [{ type: 'python', value: 'x' }, { type: 'is-json' }] },
  ];
  expect(from(JSON.stringify({ tests })).cases).toEqual([
    { vars: { a: 'two' }, assert: [{ type: 'is-json' }] },
  ]);
  const defaultTest = { options: { prefix: 'x' } };
  expect(from(JSON.stringify({ tests, defaultTest })).cases).toEqual([]);
});

test.each([
  ['tests.py', 'is code'],
  ['https://docs.google.com/x', 'is not in a file'],
  ['tests/*.yaml', 'name each file'],
  ['tests.xlsx', 'is no CSV'],
])('tests in %s are told', (tests, message) => {
  expect(from(JSON.stringify({ tests })).leftOut.join()).toContain(message);
});

test.each([
  ['prompt.py', 'is code'],
  ['{% if a %}x{% endif %}', 'has a template with logic'],
  ['{{env.KEY}}', 'has a template with logic'],
  ['{{#a}}x{{/a}}', 'is no template'],
])('prompt %s is told', (prompt, message) => {
  expect(from(JSON.stringify({ prompts: [prompt] })).leftOut.join()).toContain(message);
});

test('a judge that is needed and not named is told, and so is one that is not OpenAI’s', () => {
  const tests = [{ assert: [{ type: 'llm-rubric', value: 'x' }] }];
  expect(from(JSON.stringify({ tests })).leftOut).toEqual([
    'spec.judge: llm-rubric needs one, and the config names none: write providerRef and model',
  ]);
  const options = { provider: { id: 'anthropic:messages:x', config: {} } };
  expect(from(JSON.stringify({ tests, defaultTest: { options } })).leftOut[0]).toContain(
    'make a ModelProvider of it',
  );
});

test('combinations of lists are bounded', () => {
  const vars = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name) => [name, Array.from({ length: 10 }, String)]),
  );
  const { cases, leftOut } = from(JSON.stringify({ tests: [{ vars }] }));
  expect(cases).toHaveLength(100);
  expect(leftOut.join()).toContain('makes more than 500 cases');
});

test('rings, bombs and what is no config end well', () => {
  expect(from('{tests: [{assert: [{$ref: "#/x"}]}], x: {$ref: "#/x"}}').leftOut.join()).toContain(
    'leads nowhere',
  );
  expect(() => from('- 1')).toThrow('is no promptfoo config');
  expect(() => from('{a: [}')).toThrow('is no YAML');
});

test.each([
  ['Chat prompt, v2!', 'chat-prompt-v2'],
  ['--', undefined],
  [`${'a'.repeat(51)}-b`, `${'a'.repeat(51)}`],
])('%s as a name', (text, name) => {
  expect(asName(text)).toBe(name);
});
