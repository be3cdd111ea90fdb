import { deadline } from '../deadline.ts';
import { chatSpeech } from '../dialects/openai/chat-speech.ts';
import type { OpenStream } from '../opening.ts';
import { readStream, toNobody } from '../read-stream.ts';
import { type SseEvent, sseSplitter } from '../sse.ts';
import { type StreamRoom, takeStream } from './take-stream.ts';

const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`;
const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } })}\n\n`;
const DONE = 'data: [DONE]\n\n';
const WHOLE = [chunk('one'), ': still there\n\n', chunk('two'), chunk('', 'stop'), USAGE, DONE];

/** A stream of which `first` have come, and of which the rest comes in pieces; after them it breaks where `breaks`. */
function streamOf(first: string[], rest: string[], breaks = false): OpenStream {
  async function* coming(): AsyncGenerator<SseEvent[], void> {
    for (const each of rest) yield sseSplitter().push(Buffer.from(each));
    if (breaks) throw new Error('it broke');
  }
  return {
    first: sseSplitter().push(Buffer.from(first.join(''))),
    rest: coming(),
    openedAt: 0,
    reader: chatSpeech.streamReader(),
    keepUsage: false,
    deadline: deadline(10_000),
  };
}

async function take(stream: OpenStream, { most = 10_000, room = { left: 100_000 } as StreamRoom } = {}) {
  const taken: string[] = [];
  const end = await readStream(
    takeStream(stream, most, room, (events) => taken.push(events.toString())),
    toNobody,
  );
  return { taken, end };
}

test.each([0, 1, 3, WHOLE.length])(
  'a whole stream is taken byte for byte, of which %d events had come',
  async (n) => {
    const room = { left: 100_000 };
    const first = WHOLE.slice(0, Math.max(1, n));
    const { taken, end } = await take(streamOf(first, WHOLE.slice(first.length)), { room });
    expect(taken).toEqual([WHOLE.join('')]);
    expect(end.answer).toMatchObject({ outcome: 'success', text: 'onetwo' });
    expect(room.left).toBe(100_000);
  },
);

test('what comes after the end is not', async () => {
  const { taken } = await take(streamOf(WHOLE, [chunk('more')]));
  expect(taken).toEqual([WHOLE.join('')]);
});

test.each([
  ['breaks', streamOf(WHOLE.slice(0, 1), WHOLE.slice(1, 3), true)],
  ['ends too early', streamOf(WHOLE.slice(0, 1), WHOLE.slice(1, 3))],
  ['tells no usage', streamOf(WHOLE.slice(0, 1), [chunk('', 'stop'), DONE])],
])('one that %s is not taken', async (_how, stream) => {
  const room = { left: 100_000 };
  expect((await take(stream, { room })).taken).toEqual([]);
  expect(room.left).toBe(100_000);
});

test('one that its caller leaves is not taken', async () => {
  const stream = streamOf(WHOLE.slice(0, 1), WHOLE.slice(1));
  const taken: string[] = [];
  const room = { left: 100_000 };
  const copied = takeStream(stream, 10_000, room, (events) => taken.push(events.toString()));
  let writes = 0;
  const end = await readStream(copied, {
    write: async () => {
      if (++writes === 2) stream.deadline.cancel();
    },
    end: () => {},
    gone: () => writes > 1,
  });
  expect(end.cut).toBe('client_cancelled');
  expect(taken).toEqual([]);
  expect(room.left).toBe(100_000);
});

test.each([
  ['longer than one may be', { most: WHOLE.join('').length - 1 }],
  ['more than there is room for', { room: { left: WHOLE.join('').length - 1 } }],
])('one that is %s passes, and is not taken', async (_what, limits) => {
  const { taken, end } = await take(streamOf(WHOLE.slice(0, 1), WHOLE.slice(1)), limits);
  expect(taken).toEqual([]);
  expect(end.answer).toMatchObject({ outcome: 'success', text: 'onetwo' });
});
