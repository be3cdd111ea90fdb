import type { Answer } from '../answer.ts';
import type { BackendTarget } from '../table.ts';
import { type Came, spentBy } from './spent.ts';

const backend = { price: { input: 1, cachedInput: 0.1, output: 10 } } as BackendTarget;
const estimate = { inputTokens: 100 };
const answer = (over: Partial<Answer>): Answer => ({
  outcome: 'success',
  toolCalls: 0,
  schemaChecked: false,
  ...over,
});
const spent = (over: Partial<Came>) =>
  spentBy({ backend, outcome: 'success', latencyMs: 1, ...over }, estimate);
const heard = { outputTokens: 7 };

test('whoever has opened a stream has worked, however it ended', () => {
  for (const outcome of ['upstream_5xx', 'rate_limited', 'gateway_error', 'client_cancelled'] as const)
    expect(spent({ outcome, answer: answer({ outcome, heard }) })).toBe(170);
  expect(spent({ outcome: 'upstream_5xx' })).toBe(0);
  expect(spent({ outcome: 'timeout' })).toBe(100);
});

test('what the provider said of the input counts for more than an estimate', () => {
  const input = { inputTokens: 50, cachedInputTokens: 40 };
  expect(spent({ outcome: 'timeout', answer: answer({ heard: { input, ...heard } }) })).toBe(10 + 4 + 70);
});

test('a whole answer without usage counts by its text and its calls; one too long to be kept is not free', () => {
  const calls = [{ name: 'f', args: 'x'.repeat(40) }];
  expect(spent({ answer: answer({ text: 'abcd', calls, finishReason: 'stop' }) })).toBe(100 + 110);
  expect(spent({ answer: answer({ finishReason: 'stop' }) })).toBeGreaterThan(1_000_000);
  // A filter's refusal and an embedding have no text.
  expect(spent({ answer: answer({ outcome: 'refusal' }) })).toBe(100);
});

test('unknown is not zero', () => {
  const without = { ...backend, price: undefined } as unknown as BackendTarget;
  expect(spent({ backend: without, answer: answer({ heard }) })).toBe('unpriced');
  expect(spent({ answer: answer({ usage: { inputTokens: 1, outputTokens: 1 } }) })).toBe('unpriced');
  expect(spentBy({ backend, outcome: 'timeout', latencyMs: 1 }, undefined)).toBe('unpriced');
});
