import { importPromptfoo } from './promptfoo.ts';

const from = (config: object, files: Record<string, string> = {}) =>
  importPromptfoo(JSON.stringify(config), (path) => files[path]);
const asked = [{ vars: { a: 'b' } }];

test.each<[string, object, string]>([
  [
    'a judge of one test',
    { tests: [{ options: { provider: 'openai:x' } }] },
    "tests[0].options.provider: the suite's judge is asked",
  ],
  [
    'an answer that is kept for later tests',
    { tests: [{ options: { storeOutputAs: 'first' } }] },
    'tests[0].options.storeOutputAs: answers are not kept',
  ],
  [
    'a variable that names another',
    { tests: [{ vars: { name: 'Ann', greeting: 'Hello {{name}}' } }] },
    'vars: templates in variables are passed as they are',
  ],
  [
    'more repeats than a suite has',
    { tests: asked, evaluateOptions: { repeat: 50 } },
    'evaluateOptions.repeat: each case is asked 16 times, not 50',
  ],
  [
    'parameters of a prompt',
    { prompts: [{ raw: 'Hi', config: { temperature: 0 } }] },
    'prompts[0].config: write what of it matters in spec.parameters',
  ],
  [
    'a chat with an answer of a tool',
    { prompts: ['[{"role": "user", "content": "x"}, {"role": "tool", "content": "y"}]'] },
    'prompts[0]: is no chat that a prompt here may be',
  ],
  [
    'a table of prompts',
    { prompts: ['file://prompts.csv'] },
    'prompts[0]: prompts.csv is a table of prompts',
  ],
])('%s is told', (_what, config, message) => {
  expect(from(config).leftOut).toEqual([expect.stringContaining(message)]);
});

test('a judge of all tests is taken over, and not told', () => {
  const options = { provider: 'openai:gpt-5-mini' };
  expect(from({ tests: asked, defaultTest: { options } })).toMatchObject({
    suite: { judge: { model: 'gpt-5-mini' } },
    leftOut: [],
  });
});

test('lists stay lists where the config says so for all tests, but for a test that says otherwise', () => {
  const defaultTest = { options: { disableVarExpansion: true } };
  const vars = { a: ['b', 'c'] };
  const tests = [{ vars }, { vars, options: { disableVarExpansion: false } }];
  expect(from({ defaultTest, tests }).cases.map((each) => each.vars)).toEqual([vars, { a: 'b' }, { a: 'c' }]);
});

test('a list among the variables of all tests stands for as many cases of a CSV too', () => {
  const { cases } = from(
    { defaultTest: { vars: { lang: ['de', 'en'] } }, tests: 't.csv' },
    { 't.csv': 'q\nHi\n' },
  );
  expect(cases.map(({ vars }) => vars)).toEqual([
    { lang: 'de', q: 'Hi' },
    { lang: 'en', q: 'Hi' },
  ]);
});

test('only plain text is taken apart at lines of dashes, and what is empty is no prompt', () => {
  const text = 'You sort.\n\n---\n\nThe ticket: x\n';
  const { prompts, leftOut } = from(
    { prompts: ['file://a.md', 'file://b.j2', 'file://c.txt'] },
    { 'a.md': text, 'b.j2': text, 'c.txt': `${text}---\r\n` },
  );
  expect(prompts.map(({ prompt }) => prompt.messages[0]!.content)).toEqual([
    text.trim(),
    text.trim(),
    'You sort.',
    'The ticket: x',
  ]);
  expect(leftOut).toEqual([]);
});

test('a mark of byte order before a file of tests is none of its content', () => {
  const { cases, leftOut } = from({ tests: 't.jsonl' }, { 't.jsonl': '\uFEFF{"vars": {"a": "b"}}\r\n' });
  expect({ cases, leftOut }).toEqual({ cases: asked, leftOut: [] });
});
