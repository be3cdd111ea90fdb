import { PassThrough } from 'node:stream';
import { jest } from '@jest/globals';
import { type Attempt, attempt } from './attempt.ts';
import { BETWEEN_CHUNKS_MS } from './deadline.ts';
import { chat } from './dialects/openai/chat.ts';
import { receive } from './receive.ts';
import type { BackendTarget } from './table.ts';

const backend: BackendTarget = {
  name: 'b',
  provider: { namespace: 'ns', name: 'p', dialect: 'OpenAI', origin: 'http://p', basePath: '/v1' },
  model: 'm',
  parameters: { temperature: 0, top_p: 1 },
  firstTokenMs: 30_000,
  totalMs: 600_000,
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Calls a provider that answers with headers at once, and with what is written to `body`. */
function call(
  request: Record<string, unknown> = {},
  status = 200,
  headers: Record<string, string> = {},
  to = backend,
) {
  const body = new PassThrough();
  const sent: Record<string, unknown>[] = [];
  const result = attempt(
    {
      upstream: {
        async send(_backend, text, until) {
          sent.push(JSON.parse(text) as Record<string, unknown>);
          until.onEnd((why) => body.destroy(why));
          return { status, headers, body };
        },
        close: async () => {},
      },
      keys: { keyFor: () => undefined, follow: async () => {}, refused() {}, stop() {} },
      withoutUsage: new Set(),
      unreachable() {},
    },
    to,
    { endpoint: chat, body: request },
    {},
    () => {},
  );
  return { body, sent, result };
}

const outcomeOf = (made: Attempt) => (made.kind === 'failure' ? made.outcome : made.kind);
const ANSWER = JSON.stringify({ choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] });

test('a plain answer may take its time as long as something comes', async () => {
  const { body, result } = call();
  // Providers keep a slow call alive by blank lines.
  for (let n = 0; n < 6; n++) {
    await jest.advanceTimersByTimeAsync(BETWEEN_CHUNKS_MS - 1_000);
    body.write('\n');
  }
  body.end(ANSWER);
  expect(outcomeOf(await result)).toBe('answer');
});

test('a plain answer that falls silent is a time-out', async () => {
  const { body, result } = call();
  body.write(ANSWER.slice(0, 10));
  await jest.advanceTimersByTimeAsync(BETWEEN_CHUNKS_MS + 1);
  expect(outcomeOf(await result)).toBe('timeout');
});

test.each([
  [5_000, BETWEEN_CHUNKS_MS],
  [90_000, 90_000],
])(
  'with %d ms for the first token, silence in mid-answer may last %d ms',
  async (firstTokenMs, silenceMs) => {
    const to = { ...backend, firstTokenMs };
    const plain = call({}, 200, {}, to);
    plain.body.write(ANSWER.slice(0, 10));
    await jest.advanceTimersByTimeAsync(silenceMs - 1_000);
    plain.body.end(ANSWER.slice(10));
    expect(outcomeOf(await plain.result)).toBe('answer');

    const { body, result } = call({ stream: true }, 200, { 'content-type': 'text/event-stream' }, to);
    const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' } }] })}\n\n`;
    body.write(event);
    const made = await result;
    if (made.kind !== 'stream') throw new Error(`no stream: ${outcomeOf(made)}`);
    const read = receive(made);
    await jest.advanceTimersByTimeAsync(silenceMs - 1_000);
    body.write(event);
    await jest.advanceTimersByTimeAsync(silenceMs + 1_000);
    expect(await read).toMatchObject({ outcome: 'timeout', answer: { heard: { outputTokens: 0.5 } } });
  },
);

test('comments before the first event do not keep a stream alive', async () => {
  const { body, result } = call({ stream: true }, 200, { 'content-type': 'text/event-stream' });
  for (let n = 0; n < 4; n++) {
    body.write(': waiting\n\n');
    await jest.advanceTimersByTimeAsync(backend.firstTokenMs / 3);
  }
  expect(outcomeOf(await result)).toBe('timeout');
});

test('the backend says the model, the call what else it names, the backend the rest', async () => {
  const { body, sent, result } = call({ model: 'x', top_p: 0.5, seed: 7 });
  body.end(ANSWER);
  await result;
  expect(sent).toEqual([{ model: 'm', temperature: 0, top_p: 0.5, seed: 7 }]);
});
