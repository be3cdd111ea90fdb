import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CallError } from '../../errors.ts';

/** Why a request that could not be read is refused. */
export type Unread = ConstructorParameters<typeof CallError>;

export const MALFORMED: Unread = ['malformed_request', 'the request is no HTTP that is taken here'];
export const TOO_SLOW: Unread = ['request_timeout', 'the request took too long to come'];

/** Refuses what came over a connection that nobody speaks HTTP over any more, and closes it: after `takingMs` at the latest. */
export function refuseRaw(socket: Duplex, why: Unread, takingMs: number): void {
  const taking = setTimeout(() => socket.destroy(), takingMs).unref();
  socket.once('close', () => clearTimeout(taking));
  socket.end(rawAnswer(why), () => socket.destroy());
}

function rawAnswer(why: Unread): string {
  const error = new CallError(...why);
  const body = error.toBody();
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
