import type { Outcome } from '../api/evidence.ts';
import type { Answer } from './answer.ts';
import { chargeOf } from './charge.ts';
import { chat } from './dialects/openai/chat.ts';
import { CallError } from './errors.ts';
import type { Received } from './receive.ts';
import type { BackendTarget } from './table.ts';
import type { Tried } from './tries.ts';

const BEGUN = 1_000;
const backend: BackendTarget = {
  name: 'b',
  provider: { namespace: 'n', name: 'p', dialect: 'OpenAI', origin: 'http://p', basePath: '' },
  model: 'm',
  price: { input: 1, cachedInput: 0.5, output: 10 },
  parameters: {},
  firstTokenMs: 1,
  totalMs: 1,
};
const answer: Answer = {
  outcome: 'success',
  usage: { inputTokens: 100, cachedInputTokens: 50, outputTokens: 7 },
  toolCalls: 1,
  toolsFailed: false,
  schemaChecked: true,
};
const tried = (over: Partial<Tried> = {}): Tried => ({
  endpoint: chat,
  draw: { route: {} } as Tried['draw'],
  last: { kind: 'answer', backend, answer, status: 200, headers: {}, body: Buffer.alloc(0) },
  sent: {},
  unjudged: [],
  tries: 1,
  ...over,
});
const came = (over: Partial<Received> = {}): Received => ({
  status: 200,
  outcome: 'success',
  answer,
  endedAt: BEGUN + 250,
  ...over,
});

test('a finished answer is charged with all that is known of it', () => {
  expect(chargeOf(tried(), came({ firstTokenAt: BEGUN + 40 }), BEGUN)).toEqual({
    outcome: 'success',
    schemaChecked: true,
    toolsFailed: false,
    latencyMs: 250,
    firstTokenMs: 40,
    cost: 145,
    outputTokens: 7,
  });
});

test.each<Outcome>(['refusal', 'truncated', 'schema_invalid'])('%s is a finished answer', (outcome) => {
  expect(chargeOf(tried(), came({ outcome }), BEGUN)).toMatchObject({ latencyMs: 250, cost: 145 });
});

test('what is unknown is left out: usage, a price, tools', () => {
  const { usage: _usage, toolsFailed: _tools, ...bare } = answer;
  const known = { outcome: 'success', schemaChecked: true, latencyMs: 250 };
  expect(chargeOf(tried(), came({ answer: bare }), BEGUN)).toEqual(known);
  const { price: _price, ...unpriced } = backend;
  const last = { ...(tried().last as Extract<Tried['last'], { kind: 'answer' }>), backend: unpriced };
  expect(chargeOf(tried({ last }), came(), BEGUN)).toEqual({
    ...known,
    toolsFailed: false,
    outputTokens: 7,
  });
});

test('a stream that goes silent is charged with the time until then, and with no part of an answer', () => {
  const cut = came({ outcome: 'timeout', firstTokenAt: BEGUN + 40 });
  expect(chargeOf(tried(), cut, BEGUN)).toEqual({
    outcome: 'timeout',
    schemaChecked: false,
    latencyMs: 250,
    firstTokenMs: 40,
  });
});

test.each<Outcome>(['stream_interrupted', 'client_cancelled', 'upstream_5xx', 'gateway_error'])(
  '%s has no time',
  (outcome) => {
    expect(chargeOf(tried(), came({ outcome, firstTokenAt: BEGUN + 40 }), BEGUN)).toEqual({
      outcome,
      schemaChecked: false,
    });
  },
);

test('what another backend or stable answered is not the time, the cost or the tools of the one that failed', () => {
  const failure = { outcome: 'upstream_5xx' as const, afterMs: 30 };
  expect(chargeOf(tried({ failure }), came({ firstTokenAt: BEGUN + 40 }), BEGUN)).toEqual({
    outcome: 'upstream_5xx',
    schemaChecked: false,
  });
});

test.each([
  [{}, {}],
  [{ stream: true }, { firstTokenMs: 5_000 }],
])('of a first try that timed out, the time it took (%j)', (sent, first) => {
  const last = {
    kind: 'failure' as const,
    outcome: 'timeout' as const,
    error: new CallError('provider_timeout', ''),
  };
  const failure = { outcome: 'timeout' as const, afterMs: 5_000 };
  expect(chargeOf(tried({ failure, sent, last }), came(), BEGUN)).toEqual({
    outcome: 'timeout',
    schemaChecked: false,
    latencyMs: 5_000,
    ...first,
  });
});
