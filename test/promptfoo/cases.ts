import type { Assertion } from '../../src/api/assertion.ts';

/** One answer and what it is held against, by promptfoo and by Sluice. */
export interface Case {
  name: string;
  output: string;
  assert: Assertion[];
  vars?: Record<string, string>;
  threshold?: number;
  latencyMs?: number;
  costUSD?: number;
  finishReason?: string;
  toolCalls?: { name: string; arguments: string }[];
  tools?: object[];
  /** What the judge says, whatever it is asked. */
  judge?: string;
  /** Vectors of texts; of the answer under `answer`. */
  embeddings?: Record<string, number[]>;
}

type Row = [type: Assertion['type'], output: string, value?: unknown, threshold?: number];

const SCHEMA = {
  type: 'object',
  required: ['queue'],
  properties: { queue: { type: 'string' }, tries: { type: 'integer', minimum: 1 } },
};

/** One assertion each. */
const rows: Row[] = [
  ['equals', 'Acme', 'Acme'],
  ['equals', 'Acme ', 'Acme'],
  ['equals', '42', 42],
  ['equals', '{"b": [1, 2], "a": 1}', { a: 1, b: [1, 2] }],
  ['equals', '{"b": [2, 1], "a": 1}', { a: 1, b: [1, 2] }],
  ['equals', 'no JSON', { a: 1 }],
  ['not-equals', 'no JSON', { a: 1 }],
  ['not-equals', 'Acme', 'Acme'],
  ['contains', 'We at Acme help', 'Acme'],
  ['contains', 'We at acme help', 'Acme'],
  ['contains', 'call 555', 555],
  ['not-contains', 'We at Acme help', 'Acme'],
  ['icontains', 'We at acme help', 'ACME'],
  ['icontains', 'We help', 'ACME'],
  ['not-icontains', 'We help', 'ACME'],
  ['contains-all', 'one two three', ['one', 'three']],
  ['contains-all', 'one two three', ['one', 'four']],
  ['contains-all', 'one two three', 'one, three'],
  ['not-contains-all', 'one two three', ['one', 'four']],
  ['contains-any', 'one two three', ['four', 'two']],
  ['contains-any', 'one two three', ['four', 'five']],
  ['contains-any', 'one two three', 'four,three'],
  ['contains-any', 'Hello, World', '"Hello, World", nothing'],
  ['not-contains-any', 'one two three', ['four', 'two']],
  ['icontains-all', 'ONE Two', ['one', 'two']],
  ['icontains-all', 'ONE Two', ['one', 'three']],
  ['icontains-any', 'ONE Two', ['three', 'TWO']],
  ['icontains-any', 'ONE Two', ['three', 'four']],
  ['not-icontains-any', 'ONE Two', ['three', 'four']],
  ['starts-with', 'Dear Ann,', 'Dear'],
  ['starts-with', 'My dear Ann,', 'Dear'],
  ['not-starts-with', 'My dear Ann,', 'Dear'],
  ['regex', 'call 555-1234 now', '\\d{3}-\\d{4}'],
  ['regex', 'call me', '\\d{3}-\\d{4}'],
  ['regex', 'first\nsecond', '^second$'],
  ['not-regex', 'call me', '\\d{3}-\\d{4}'],
  ['is-json', '{"queue": "billing"}'],
  ['is-json', 'The answer: {"queue": "billing"}'],
  ['is-json', '[1, 2'],
  ['is-json', '{"queue": "billing"}', SCHEMA],
  ['is-json', '{"queue": 7}', SCHEMA],
  ['is-json', '{"queue": "billing", "tries": 0}', SCHEMA],
  ['is-json', '{"queue": "billing"}', 'type: object\nrequired: [queue]\n'],
  ['not-is-json', 'no JSON'],
  ['not-is-json', '{"queue": 7}', SCHEMA],
  ['contains-json', 'Here: ```json\n{"queue": "billing"}\n``` as asked.'],
  ['contains-json', 'Nothing here.'],
  ['contains-json', 'Here: {"queue": "billing"} as asked.', SCHEMA],
  ['contains-json', 'Here: {"queue": 7} as asked.', SCHEMA],
  ['contains-json', 'First {"a": 1}, then {"queue": "billing"}.', SCHEMA],
  ['not-contains-json', 'Nothing here.'],
  ['levenshtein', 'kitten', 'sitting', 3],
  ['levenshtein', 'kitten', 'sitting', 2],
  ['levenshtein', 'kitten', 'mittens'],
  ['levenshtein', 'a very different answer', 'kitten'],
  ['is-refusal', "I'm sorry, but I can't assist with that."],
  ['is-refusal', 'As an AI, I cannot help with that request.'],
  ['is-refusal', 'Your refund is on its way.'],
  ['not-is-refusal', 'Your refund is on its way.'],
  ['not-is-refusal', "I can't help with that."],
  ['word-count', 'one two  three\nfour', 4],
  ['word-count', 'one two three', 4],
  ['word-count', 'one two three', { min: 2, max: 5 }],
  ['word-count', 'one two three', { min: 4 }],
  ['word-count', 'one two three', { max: 2 }],
  ['not-word-count', 'one two three', 4],
];

const ANSWER = 'The refund takes five days.';
const close = { answer: [1, 0.1], 'A refund needs five days.': [1, 0.2], 'Bananas are yellow.': [-0.2, 1] };

/** What takes more than an output. */
const others: Omit<Case, 'name'>[] = [
  { output: ANSWER, latencyMs: 60, assert: [{ type: 'latency', threshold: 10_000 }] },
  { output: ANSWER, latencyMs: 60, assert: [{ type: 'latency', threshold: 1 }] },
  { output: ANSWER, costUSD: 0.002, assert: [{ type: 'cost', threshold: 0.01 }] },
  { output: ANSWER, costUSD: 0.002, assert: [{ type: 'cost', threshold: 0.001 }] },
  { output: ANSWER, finishReason: 'stop', assert: [{ type: 'finish-reason', value: 'stop' }] },
  { output: ANSWER, finishReason: 'length', assert: [{ type: 'finish-reason', value: 'stop' }] },
  { output: ANSWER, embeddings: close, assert: [{ type: 'similar', value: 'A refund needs five days.' }] },
  { output: ANSWER, embeddings: close, assert: [{ type: 'similar', value: 'Bananas are yellow.' }] },
  {
    output: ANSWER,
    embeddings: close,
    assert: [{ type: 'similar', value: 'Bananas are yellow.', threshold: 0.05 }],
  },
  {
    output: ANSWER,
    embeddings: close,
    assert: [{ type: 'similar', value: ['Bananas are yellow.', 'A refund needs five days.'] }],
  },
  { output: ANSWER, embeddings: close, assert: [{ type: 'not-similar', value: 'Bananas are yellow.' }] },
  {
    output: ANSWER,
    judge: '{"reason": "It says so.", "score": 0.9, "pass": true}',
    assert: [{ type: 'llm-rubric', value: 'says how long it takes' }],
  },
  {
    output: ANSWER,
    judge: '{"reason": "It does not.", "score": 0.2, "pass": false}',
    assert: [{ type: 'llm-rubric', value: 'apologises' }],
  },
  {
    output: ANSWER,
    judge: '{"reason": "Partly.", "score": 0.6, "pass": true}',
    assert: [{ type: 'llm-rubric', value: 'is kind', threshold: 0.8 }],
  },
  {
    output: ANSWER,
    judge: '{"reason": "It does not.", "score": 0.2, "pass": false}',
    assert: [{ type: 'not-llm-rubric', value: 'apologises' }],
  },
  ...['A', 'B', 'C', 'D', 'E'].map(
    (category): Omit<Case, 'name'> => ({
      output: ANSWER,
      judge: `{"category": "${category}", "reason": "As they stand."}`,
      assert: [{ type: 'factuality', value: 'Refunds take five days.' }],
    }),
  ),
  { output: 'Acme helps', vars: { product: 'Acme' }, assert: [{ type: 'contains', value: '{{product}}' }] },
  { output: 'We help', vars: { product: 'Acme' }, assert: [{ type: 'contains', value: '{{product}}' }] },
  {
    output: 'Acme helps',
    assert: [
      { type: 'contains', value: 'Acme', weight: 3 },
      { type: 'contains', value: 'Bolt' },
    ],
  },
  {
    output: 'Acme helps',
    threshold: 0.7,
    assert: [
      { type: 'contains', value: 'Acme', weight: 3 },
      { type: 'contains', value: 'Bolt' },
    ],
  },
  {
    output: 'Acme helps',
    threshold: 0.8,
    assert: [
      { type: 'contains', value: 'Acme', weight: 3 },
      { type: 'contains', value: 'Bolt' },
    ],
  },
  {
    output: 'Acme helps',
    assert: [
      { type: 'contains', value: 'Acme' },
      { type: 'contains', value: 'Bolt', weight: 0 },
    ],
  },
  { output: 'Acme helps', assert: [] },
];

const title = ({ assert }: Omit<Case, 'name'>): string =>
  assert.map(({ type }) => type).join(' and ') || 'nothing';

export const CASES: Case[] = [
  ...rows.map(
    ([type, output, value, threshold]): Omit<Case, 'name'> => ({
      output,
      assert: [
        { type, ...(value !== undefined && { value }), ...(threshold !== undefined && { threshold }) },
      ],
    }),
  ),
  ...others,
].map((each, at) => ({ name: `${at + 1} ${title(each)}`, ...each }));
