import { streamReader } from './responses-answer.ts';

const created = JSON.stringify({
  type: 'response.created',
  response: { id: 'r', model: 'm', status: 'in_progress', output: [], usage: null },
});
const delta = (type: string, text: string) =>
  JSON.stringify({
    type: `response.${type}.delta`,
    item_id: 'i',
    output_index: 0,
    delta: text,
    sequence_number: 1,
  });
const readAll = (...events: string[]) => {
  const reader = streamReader();
  return { meanings: events.map((data) => reader.push(data)), reader };
};

test('what was said, thought and called is heard without parsing it', () => {
  const { reader } = readAll(
    created,
    delta('output_text', 'x'.repeat(40)),
    delta('reasoning_text', 'y'.repeat(40)),
    delta('function_call_arguments', '{"id": "A-1\\n"}'.padEnd(40)),
    delta('output_text', '漢字'),
    delta('output_audio', 'A'.repeat(400)),
    // Whoever writes the type last, or with blanks, is parsed.
    `{"delta": "${'z'.repeat(40)}", "type": "response.output_text.delta"}`,
  );
  expect(reader.end('client_cancelled')).toEqual({
    outcome: 'client_cancelled',
    modelAnswered: 'm',
    responseId: 'r',
    toolCalls: 0,
    schemaChecked: false,
    heard: { outputTokens: 42 },
  });
});

test('letters that are escaped are one each', () => {
  const event = '{"type":"response.output_text.delta","delta":"\\u6f22\\"\\\\ab","logprobs":[]}';
  expect(readAll(created, event).reader.end('timeout').heard).toEqual({ outputTokens: 2 });
});

test('a response that failed in the end, or does not say its usage, was heard as well', () => {
  const last = (type: string, over: object) =>
    JSON.stringify({ type, response: { id: 'r', model: 'm', ...over } });
  const failed = last('response.failed', { error: { code: 'server_error' }, usage: null });
  const said = delta('output_text', 'x'.repeat(40));
  expect(readAll(created, said, failed).reader.end()).toMatchObject({
    outcome: 'upstream_5xx',
    heard: { outputTokens: 10 },
  });
  const content = [{ type: 'output_text', text: 'x'.repeat(80) }];
  const output = [{ type: 'message', content }];
  const completed = last('response.completed', { status: 'completed', output });
  expect(readAll(created, said, completed).reader.end()).toMatchObject({
    outcome: 'success',
    heard: { outputTokens: 20 },
  });
  const usage = { input_tokens: 1, output_tokens: 2 };
  const told = last('response.completed', { status: 'completed', output, usage });
  expect(readAll(created, said, told).reader.end()).not.toHaveProperty('heard');
});

test.each([
  ['rate_limit_exceeded', 'rate_limited'],
  ['too_many_requests', 'rate_limited'],
  ['context_length_exceeded', 'upstream_4xx'],
  ['server_error', 'upstream_5xx'],
])('an error event of code %s is %s, be the error in the event or in a field of its own', (code, outcome) => {
  for (const said of [{ code }, { error: { type: code, code: null } }, { error: { type: 'x', code } }]) {
    const event = JSON.stringify({ type: 'error', ...said, message: 'no', sequence_number: 2 });
    const { meanings, reader } = readAll(created, delta('output_text', 'abcd'), event);
    expect(meanings.at(-1)).toBe('error');
    expect(reader.end()).toMatchObject({ outcome, heard: { outputTokens: 1 } });
  }
});
