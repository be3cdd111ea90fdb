import type { Answer } from './answer.ts';
import { Ended } from './deadline.ts';
import type { OpenStream } from './opening.ts';
import type { SseEvent } from './sse.ts';

/** Where a stream goes while it is read. */
export interface StreamSink {
  /** Takes bytes; whoever reads the stream waits for it. */
  write(bytes: Buffer): Promise<void>;
  /** The answer has come to its end, be it an error: nothing more comes. */
  end(): void;
  /** Whether nobody takes any more. */
  gone(): boolean;
}

/** Where a stream goes that only its measures are wanted of. */
export const toNobody: StreamSink = { write: async () => {}, end: () => {}, gone: () => false };

/** How a stream came out. */
export interface StreamEnd {
  answer: Answer;
  /** When its answer was whole or broke, on the clock of `performance.now()`, without waits for whoever takes it. */
  endedAt: number;
  /** Why it broke off; absent for one that came to an end, be it an error event of the provider's. */
  cut?: 'timeout' | 'stream_interrupted' | 'client_cancelled' | 'gateway_error';
}

/** How long a provider has to end its stream after `[DONE]` or an error, so that the connection can be used again. */
const AFTER_END_MS = 1_000;

/** Reads an open stream to its end and passes it on, byte for byte but for the usage chunk that nobody asked for. */
export async function readStream(
  { first, rest, reader, keepUsage, translator, quotesKey, deadline }: OpenStream,
  sink: StreamSink,
): Promise<StreamEnd> {
  let done = false;
  let failed = false;
  /** Whether it failed with an error that its caller may not see. */
  let unsaid = false;
  let endedAt: number | undefined;

  const pass = async (events: SseEvent[]): Promise<void> => {
    const kept: Buffer[] = [];
    for (const { raw, data } of events) {
      if (failed) break;
      const meaning = data === undefined ? 'content' : reader.push(data);
      done ||= meaning === 'done';
      failed ||= meaning === 'error';
      unsaid = meaning === 'error' && quotesKey?.(raw) === true;
      if (unsaid) break;
      if (translator !== undefined) {
        const said = data === undefined ? '' : translator.push(data);
        if (said === undefined) kept.push(raw);
        else if (said !== '') kept.push(Buffer.from(said));
      } else if (meaning !== 'usage-only' || keepUsage) kept.push(raw);
    }
    const isOver = done || failed;
    if (isOver) endedAt = performance.now() - deadline.waitedMs();
    if (kept.length > 0) {
      const over = deadline.ended();
      if (over !== undefined) throw over;
      await sink.write(kept.length === 1 ? kept[0]! : Buffer.concat(kept));
    }
    if (!isOver) return;
    // Nobody need wait until the provider closes its side.
    if (!unsaid) sink.end();
    deadline.within(AFTER_END_MS, 'the end of the stream');
  };
  const ended = (cut: StreamEnd['cut'] = unsaid ? 'stream_interrupted' : undefined): StreamEnd => {
    deadline.done();
    endedAt ??= performance.now() - deadline.waitedMs();
    return { answer: reader.end(cut), endedAt, ...(cut && { cut }) };
  };

  try {
    await pass(first);
    for await (const events of rest) {
      if (failed) break;
      if (!done) await pass(events);
    }
    const end = ended();
    const isWhole = done || failed || end.answer.finishReason !== undefined;
    if (!isWhole) return ended('stream_interrupted');
    if (translator !== undefined && !done && !failed) {
      await sink.write(Buffer.from(translator.end()));
      deadline.done();
    }
    return end;
  } catch (error) {
    // The answer had come to its end; what broke is only the connection it came over, or the caller hung up then.
    if (done || failed) return ended();
    const reason: unknown = deadline.ended() ?? error;
    if (sink.gone() || (reason instanceof Ended && reason.why === 'cancelled'))
      return ended('client_cancelled');
    if (!(reason instanceof Ended)) return ended('stream_interrupted');
    return ended(reason.why === 'timeout' ? 'timeout' : 'gateway_error');
  }
}
