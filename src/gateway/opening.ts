import type { Outcome } from '../api/evidence.ts';
import type { ReadOptions, StreamReader } from './answer.ts';
import type { Deadline } from './deadline.ts';
import type { EventTranslator, Speech } from './dialects/endpoint.ts';
import type { IncomingBody } from './incoming.ts';
import { type SseEvent, sseSplitter } from './sse.ts';

/** A stream whose first event has come and is no error. */
export interface OpenStream {
  /** Events that have come already. */
  first: SseEvent[];
  /** What comes after them. */
  rest: AsyncIterable<SseEvent[]>;
  /** When its first event came, on the clock of `performance.now()`. */
  openedAt: number;
  reader: StreamReader;
  /** Whether the caller asked for the usage chunk, so that it may stay. */
  keepUsage: boolean;
  /** Puts the events in the caller's form; absent where they are in it. */
  translator?: EventTranslator;
  /** Whether an error event quotes the provider's key, which no caller may see; absent for a stream that was stored, which has none. */
  quotesKey?: (event: Buffer) => boolean;
  deadline: Deadline;
}

/** Reads a stream up to its first event with data, or says what went wrong instead. */
export async function openStream(
  body: IncomingBody,
  { streamReader }: Pick<Speech, 'streamReader'>,
  read: ReadOptions,
  clock: Deadline,
): Promise<{ stream: Omit<OpenStream, 'keepUsage' | 'translator' | 'quotesKey'> } | { outcome: Outcome }> {
  const rest = eventsOf(body, clock);
  const first: SseEvent[] = [];
  while (!first.some(({ data }) => data !== undefined)) {
    const next = await rest.next();
    if (next.done) return { outcome: 'stream_interrupted' };
    first.push(...next.value);
  }
  const openedAt = performance.now();
  const begin = first.find(({ data }) => data !== undefined)!;
  // A reader of its own: the relay reads the same event again.
  const probe = streamReader();
  const meaning = probe.push(begin.data!);
  if (meaning === 'error' || meaning === 'done') {
    body.destroy();
    return { outcome: meaning === 'done' ? 'upstream_5xx' : probe.end().outcome };
  }
  return { stream: { first, rest, openedAt, reader: streamReader(read), deadline: clock } };
}

async function* eventsOf(body: IncomingBody, clock: Deadline): AsyncGenerator<SseEvent[], void> {
  const splitter = sseSplitter();
  let begun = false;
  for await (const chunk of body) {
    const events = splitter.push(chunk);
    if (events.length === 0) continue;
    // Until the first event the clock of the first token runs.
    if (begun || events.some(({ data }) => data !== undefined)) {
      begun = true;
      clock.within(clock.silenceMs, 'the next chunk');
    }
    yield events;
  }
  // Some servers leave out the blank line after the last event. Any other rest is an event cut in two.
  if (splitter.rest().toString('utf8').trim() === 'data: [DONE]') yield [DONE];
}

const DONE: SseEvent = { raw: Buffer.from('data: [DONE]\n\n'), data: '[DONE]' };
