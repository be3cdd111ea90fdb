import { once } from 'node:events';
import type { Deadline } from './deadline.ts';
import type { Endpoint } from './dialects/endpoint.ts';
import { CallError } from './errors.ts';
import { stopping } from './failure.ts';
import type { CallerResponse } from './http/server/caller.ts';
import type { OpenStream } from './opening.ts';
import { restoreEvents } from './privacy/restore-events.ts';
import type { Restoration } from './privacy/restore-value.ts';
import { readStream, type StreamEnd } from './read-stream.ts';

/** A caller that reads nothing for as long has gone. */
const SLOWEST_CALLER_MS = 60_000;

/**
 * Passes a stream on to its caller, with what was redacted put back. One that breaks ends in an error event and without the end of a whole one: after the first byte
 * nothing can be tried again.
 */
export async function relay(
  response: CallerResponse,
  stream: OpenStream,
  headers: Record<string, string>,
  endpoint: Endpoint,
  restore?: Restoration,
): Promise<StreamEnd> {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const restorer = restore && endpoint.restoring && restoreEvents(endpoint.restoring, restore);
  const pass = (bytes: Buffer) => write(response, bytes, stream.deadline);
  const end = await readStream(stream, {
    write: restorer === undefined ? pass : (bytes) => pass(restorer.push(bytes)),
    end: () => response.end(),
    gone: () => response.destroyed,
  });
  if (end.cut === 'client_cancelled') response.destroy();
  else if (!response.destroyed && !response.writableEnded) {
    if (restorer !== undefined) response.write(restorer.end());
    response.end(lastWords(end.cut, endpoint));
  }
  return end;
}

function lastWords(cut: StreamEnd['cut'], endpoint: Endpoint): string {
  if (cut === undefined) return '';
  if (cut === 'gateway_error') return endpoint.errorEvent(stopping());
  const error =
    cut === 'timeout'
      ? new CallError('provider_timeout', 'the provider went silent in mid-answer')
      : new CallError('stream_interrupted', 'the provider broke off in mid-answer');
  return endpoint.errorEvent(error);
}

/** Writes with backpressure: a caller that reads slowly slows the provider down, and fills no memory here. */
async function write(response: CallerResponse, bytes: Buffer, deadline: Deadline): Promise<void> {
  if (bytes.length === 0 || response.write(bytes)) return;
  deadline.waitForCaller(SLOWEST_CALLER_MS);
  await once(response, 'drain', { signal: deadline.signal });
  deadline.callerReads();
  deadline.within(deadline.silenceMs, 'the next chunk');
}
