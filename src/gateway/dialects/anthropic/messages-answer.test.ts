import { readPlain, streamReader } from './messages-answer.ts';

const events = (...all: object[]) => all.map((each) => JSON.stringify(each));
const read = (...all: object[]) => {
  const reader = streamReader({ callsWrongly: (calls) => calls.some(({ args }) => args !== '{}') });
  const meanings = events(...all).map((data) => reader.push(data));
  return { answer: reader.end(), last: meanings.at(-1), reader };
};
const START = {
  type: 'message_start',
  message: { id: 'm1', model: 'c', usage: { input_tokens: 9, cache_read_input_tokens: 4, output_tokens: 1 } },
};

test('counts of message_delta are totals, and what it leaves null holds from the beginning', () => {
  const usage = { output_tokens: 7, input_tokens: null, cache_read_input_tokens: 5 };
  const { answer, last } = read(
    START,
    { type: 'message_delta', delta: {}, usage: { output_tokens: 3 } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
    { type: 'message_stop' },
  );
  expect(last).toBe('done');
  expect(answer.usage).toEqual({ inputTokens: 14, cachedInputTokens: 5, outputTokens: 7 });
});

test('a stream that broke before it told its output has unknown usage, and what was heard is an estimate', () => {
  const { reader } = read(START, { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } });
  const broken = reader.end('stream_interrupted');
  expect(broken).toEqual({
    outcome: 'stream_interrupted',
    modelAnswered: 'c',
    responseId: 'm1',
    toolCalls: 0,
    schemaChecked: false,
    heard: { input: { inputTokens: 13, cachedInputTokens: 4 }, outputTokens: 1 },
  });
});

test('what was said, thought and called is heard, whatever ends the stream', () => {
  const delta = (said: object) => ({ type: 'content_block_delta', index: 0, delta: said });
  const all = [
    START,
    delta({ type: 'thinking_delta', thinking: 'x'.repeat(40) }),
    delta({ type: 'text_delta', text: 'y'.repeat(40) }),
    delta({ type: 'input_json_delta', partial_json: 'z'.repeat(40) }),
  ];
  const error = { type: 'error', error: { type: 'overloaded_error' } };
  expect(read(...all).reader.end('client_cancelled').heard?.outputTokens).toBe(30);
  expect(read(...all, error).reader.end().heard?.outputTokens).toBe(30);
  // A count on the way is none of the whole, and counts where it is more than was heard.
  const running = { type: 'message_delta', delta: {}, usage: { output_tokens: 50 } };
  const answer = read(...all, running).reader.end('timeout');
  expect(answer).not.toHaveProperty('usage');
  expect(answer.heard?.outputTokens).toBe(50);
});

test('a tool without arguments is called with none, in a stream as well', () => {
  const { answer } = read(
    START,
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', name: 'now', input: {} } },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
  );
  expect(answer).toMatchObject({ toolCalls: 1, toolsFailed: false });
});

test.each([
  ['overloaded_error', 'upstream_5xx'],
  ['rate_limit_error', 'rate_limited'],
  ['invalid_request_error', 'upstream_4xx'],
])('an error event of type %s is %s', (type, outcome) => {
  const { answer, last } = read(START, { type: 'error', error: { type, message: 'x' } });
  expect([last, answer.outcome]).toEqual(['error', outcome]);
});

test.each([
  ['no message', 200, '{"id":"x"}', 'upstream_5xx'],
  ['no JSON', 200, 'oops', 'upstream_5xx'],
  ['an error of status 529', 529, '{}', 'upstream_5xx'],
  ['an error within 200', 200, '{"type":"error","error":{"type":"rate_limit_error"}}', 'rate_limited'],
  ['a full context', 200, '{"content":[],"stop_reason":"model_context_window_exceeded"}', 'truncated'],
])('%s', (_what, status, body, outcome) => {
  expect(readPlain(status, Buffer.from(body)).outcome).toBe(outcome);
});
