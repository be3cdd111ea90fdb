import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { BETWEEN_CHUNKS_MS, type Deadline, Ended } from './deadline.ts';
import { CallError } from './errors.ts';
import type { OpenStream } from './opening.ts';
import type { SseEvent } from './sse.ts';

/** A caller that reads nothing for as long has gone. */
const SLOWEST_CALLER_MS = 60_000;
/** How long a provider has to end its stream after `[DONE]`, so that the connection can be used again. */
const AFTER_DONE_MS = 1_000;

/**
 * Passes a stream on, byte for byte but for the usage chunk that the caller did not ask for. A stream that breaks ends
 * in an error event and without `[DONE]`: after the first byte nothing can be tried again.
 */
export async function relay(
  response: ServerResponse,
  { first, rest, reader, keepUsage, deadline }: OpenStream,
  headers: Record<string, string>,
  begun: number,
): Promise<{ answer: Answer; firstTokenMs: number }> {
  let done = false;
  let failed = false;
  const pass = async (events: SseEvent[]): Promise<void> => {
    const kept: Buffer[] = [];
    for (const { raw, data } of events) {
      if (failed) break;
      const meaning = data === undefined ? 'content' : reader.push(data);
      done ||= meaning === 'done';
      failed ||= meaning === 'error';
      if (meaning !== 'usage-only' || keepUsage) kept.push(raw);
    }
    if (kept.length > 0) await write(response, kept.length === 1 ? kept[0]! : Buffer.concat(kept), deadline);
  };

  const firstTokenMs = performance.now() - begun;
  try {
    deadline.signal.throwIfAborted();
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    await pass(first);
    if (done) finish();
    for await (const events of rest) {
      if (failed) break;
      if (done) continue;
      await pass(events);
      if (done) finish();
    }
    deadline.done();
    const answer = reader.end();
    if (!done && !failed && answer.finishReason === undefined) return { answer: interrupted(), firstTokenMs };
    if (!done) response.end();
    return { answer, firstTokenMs };
  } catch (error) {
    deadline.done();
    // The answer was whole; what broke is only the connection it came over, or the caller hung up at its end.
    if (done) {
      if (!response.writableEnded) response.end();
      return { answer: reader.end(), firstTokenMs };
    }
    const reason: unknown = deadline.signal.aborted ? deadline.signal.reason : error;
    if (response.destroyed || (reason instanceof Ended && reason.why === 'cancelled')) {
      response.destroy();
      return { answer: reader.end('client_cancelled'), firstTokenMs };
    }
    return { answer: interrupted(reason instanceof Ended), firstTokenMs };
  }

  /** Callers need not wait until the provider closes its side. */
  function finish(): void {
    response.end();
    deadline.within(AFTER_DONE_MS, 'the end of the stream');
  }

  function interrupted(timedOut = false): Answer {
    const error = timedOut
      ? new CallError('provider_timeout', 'the provider went silent in mid-answer')
      : new CallError('stream_interrupted', 'the provider broke off in mid-answer');
    if (!response.destroyed) response.end(`data: ${error.toBody()}\n\n`);
    return reader.end(timedOut ? 'timeout' : 'stream_interrupted');
  }
}

/** Writes with backpressure: a caller that reads slowly slows the provider down, and fills no memory here. */
async function write(response: ServerResponse, bytes: Buffer, deadline: Deadline): Promise<void> {
  deadline.signal.throwIfAborted();
  if (response.write(bytes)) return;
  deadline.waitForCaller(SLOWEST_CALLER_MS);
  await once(response, 'drain', { signal: deadline.signal });
  deadline.callerReads();
  deadline.within(BETWEEN_CHUNKS_MS, 'the next chunk');
}
