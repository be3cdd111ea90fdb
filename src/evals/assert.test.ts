import fc from 'fast-check';
import { ASSERTION_TYPES, type Assertion, type AssertionType } from '../api/assertion.ts';
import { assert, gradeOf } from './assert.ts';
import type { Answer, Helpers } from './grade.ts';

const question = { vars: {}, prompt: 'How long does a refund take?' };
const answer: Answer = { text: 'Five days.' };

const grade = (assertion: Assertion, over: Partial<Answer> = {}, helpers: Helpers = {}) =>
  gradeOf(assertion, { ...answer, ...over }, question, helpers);

test.each<[AssertionType, Assertion, string]>([
  ['latency', { type: 'latency', threshold: 5 }, 'not known how long'],
  ['latency', { type: 'latency' }, 'threshold is missing'],
  ['cost', { type: 'cost', threshold: 5 }, 'pricesPerMillion'],
  ['cost', { type: 'cost' }, 'threshold is missing'],
  ['finish-reason', { type: 'finish-reason', value: 'stop' }, 'did not say why'],
  ['llm-rubric', { type: 'llm-rubric', value: 'is kind' }, 'give the suite one'],
  ['factuality', { type: 'factuality', value: 'five days' }, 'give the suite one'],
  ['similar', { type: 'similar', value: 'x' }, 'judge.embeddings'],
  ['webhook', { type: 'webhook', value: 'http://x/' }, 'not to be had'],
  ['is-valid-function-call', { type: 'is-valid-function-call' }, 'offers no tools'],
  ['regex', { type: 'regex', value: '(?=a)' }, 'is not understood'],
  ['is-json', { type: 'is-json', value: { type: 7 } }, 'no JSON Schema'],
  ['contains', { type: 'contains' }, 'value must be text, and is missing'],
  ['contains', { type: 'contains', value: '' }, 'must not be empty'],
  ['regex', { type: 'regex', value: '{{missing}}' }, 'must not be empty'],
  ['starts-with', { type: 'starts-with', value: '' }, 'must not be empty'],
  ['contains-any', { type: 'contains-any', value: 'a,,b' }, 'must not be empty'],
  ['icontains-any', { type: 'icontains-any', value: ['a', ''] }, 'must not be empty'],
  ['contains-all', { type: 'contains-all', value: [] }, 'must name a text at least'],
  ['equals', { type: 'equals', value: '{{> other}}' }, 'not allowed'],
  ['word-count', { type: 'word-count', value: 'many' }, 'whole number'],
])('%s: what cannot be told is an error, and turned round too', async (type, assertion, why) => {
  const error = expect.stringContaining(why);
  expect(await grade(assertion)).toEqual({ error });
  expect(await grade({ ...assertion, type: `not-${type}` })).toEqual({ error });
});

test('whatever is outside and fails makes an error, never a failed answer', async () => {
  const down = async () => {
    throw new Error('connection refused');
  };
  const helpers: Helpers = { judge: { version: 'v', ask: down }, embed: down, post: down };
  for (const type of ['llm-rubric', 'factuality', 'similar', 'webhook'] as const) {
    expect(await grade({ type, value: 'http://x/' }, {}, helpers)).toEqual({
      error: `${type}: connection refused`,
    });
  }
});

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'refund',
      parameters: { type: 'object', required: ['order'], properties: { order: { type: 'integer' } } },
    },
  },
];

test.each<[{ name: string; arguments: string }[], boolean, string]>([
  [[{ name: 'refund', arguments: '{"order": 7}' }], true, ''],
  [[{ name: 'refund', arguments: '{"order": "7"}' }], false, '/order must be integer'],
  [[{ name: 'refund', arguments: '{"order":' }], false, 'are no JSON'],
  [[{ name: 'delete', arguments: '{}' }], false, '"delete" was not offered'],
  [[], false, 'no function was called'],
])('function calls %j', async (toolCalls, pass, why) => {
  const asked = { ...question, tools: TOOLS };
  const found = await gradeOf({ type: 'is-valid-function-call' }, { text: '', toolCalls }, asked, {});
  expect(found).toMatchObject({ pass, reason: expect.stringContaining(why) });
});

test('an answer that is nested deeper than can be looked at does not satisfy a schema that names itself', async () => {
  const value = { $ref: '#/$defs/list', $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } } };
  const text = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const type of ['is-json', 'contains-json'] as const)
    expect(await grade({ type, value }, { text })).toMatchObject({
      pass: false,
      reason: expect.stringContaining('it is nested too deep'),
    });
});

test('a webhook is sent what was answered, and decides', async () => {
  const sent: unknown[] = [];
  const helpers: Helpers = {
    post: async (url, body) => {
      sent.push(url, body);
      return { pass: true, score: 0.7, reason: 'well put' };
    },
  };
  expect(await grade({ type: 'webhook', value: 'https://hook/' }, {}, helpers)).toMatchObject({
    pass: true,
    score: 0.7,
  });
  expect(sent).toEqual([
    'https://hook/',
    { output: 'Five days.', context: { prompt: question.prompt, vars: {} } },
  ]);
  const odd: Helpers = { post: async () => 'yes' };
  expect(await grade({ type: 'webhook', value: 'https://hook/' }, {}, odd)).toEqual({
    error: expect.stringContaining('"yes"'),
  });
});

test('a refusal is told by the provider, by silence, or by its words', async () => {
  const refuses = async (over: Partial<Answer>) =>
    (await grade({ type: 'is-refusal' }, over)) as { pass: boolean };
  expect(await refuses({ refused: true })).toMatchObject({ pass: true });
  expect(await refuses({ text: ' ' })).toMatchObject({ pass: true });
  expect(await refuses({ text: '', toolCalls: [{ name: 'a', arguments: '' }] })).toMatchObject({
    pass: false,
  });
  expect(await refuses({ text: 'I’m unable to share that.' })).toMatchObject({ pass: true });
  expect(await refuses({ text: 'You can cancel at any time.' })).toMatchObject({ pass: false });
});

const VALUES: Partial<Record<AssertionType, unknown>> = {
  'contains-all': ['Five'],
  'contains-any': ['Six'],
  'word-count': 2,
  regex: 'F.*',
};
const plain = ASSERTION_TYPES.filter((type) =>
  /contains|equals|starts|regex|json|leven|refusal|word/.test(type),
);

test('not- is the other way round, in verdict and score', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...plain),
      fc.string(),
      fc.string({ minLength: 1 }),
      async (type, text, value) => {
        const assertion: Assertion = {
          type,
          value: type.includes('json') ? undefined : (VALUES[type] ?? value),
        };
        const [one, other] = [
          await grade(assertion, { text }),
          await grade({ ...assertion, type: `not-${type}` }, { text }),
        ];
        if ('error' in one || 'error' in other) return expect('error' in one).toBe('error' in other);
        expect(other.pass).toBe(!one.pass);
        expect(other.score).toBeCloseTo(1 - one.score, 12);
      },
    ),
  );
});

test('the score is the weighted mean, whatever the order', async () => {
  const held = fc.record({ holds: fc.boolean(), weight: fc.integer({ min: 1, max: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(held, { minLength: 1, maxLength: 8 }), async (given) => {
      const assertions = given.map(
        ({ holds, weight }): Assertion => ({ type: 'contains', value: holds ? 'Five' : 'Six', weight }),
      );
      const total = given.reduce((sum, { weight }) => sum + weight, 0);
      const held = given.reduce((sum, { holds, weight }) => sum + (holds ? weight : 0), 0);
      for (const each of [assertions, assertions.toReversed()]) {
        expect(await assert(each, answer, question, {})).toMatchObject({
          score: expect.closeTo(held / total, 12),
          pass: held === total,
        });
      }
    }),
  );
});

test('metrics are means of their own, and one error makes the case one', async () => {
  const assertions: Assertion[] = [
    { type: 'contains', value: 'Five', metric: 'facts' },
    { type: 'contains', value: 'Six', metric: 'facts', weight: 3 },
    { type: 'word-count', value: 2, metric: 'length' },
  ];
  expect(await assert(assertions, answer, question, {})).toMatchObject({
    pass: false,
    reason: 'the answer should be one that contains "Six"',
    metrics: { facts: 0.25, length: 1 },
  });
  const broken: Assertion = { type: 'latency', threshold: 1 };
  expect(await assert([...assertions, broken], answer, question, {})).toEqual({
    error: expect.stringContaining('latency'),
  });
  expect(await assert([...assertions, { ...broken, weight: 0 }], answer, question, {})).not.toHaveProperty(
    'error',
  );
});
