import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallerLimits } from '../../limits.ts';
import { MALFORMED, refuseRaw, TOO_SLOW, type Unread } from './raw-answer.ts';

/** What node:http says of a request that it could not read, and what its caller is told; for all else `malformed_request`. */
const UNREADABLE: Readonly<Record<string, Unread>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'the headers are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'the extensions of a chunk are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: TOO_SLOW,
};

interface Open {
  count: number;
  newest: { request: IncomingMessage; response: ServerResponse };
}

/**
 * Holds each connection of a server to its limits, whatever is asked over it: requests that cannot be read are answered
 * and their connections closed; so are those of callers who do not take their answers, or ask faster than they are answered.
 */
export function guardConnections(server: Server, { takingMs, pipelined }: CallerLimits): void {
  const open = new WeakMap<Duplex, Open>();

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const count = (open.get(socket)?.count ?? 0) + 1;
    open.set(socket, { count, newest: { request, response } });
    // Whoever goes on asking over one connection without an end would be held back by nothing.
    if (count > pipelined) return void socket.destroy();
    let taking: NodeJS.Timeout | undefined;
    response.once('prefinish', () => {
      // Nearly all answers are with the kernel by now.
      if (socket.writableLength > 0) taking = setTimeout(() => socket.destroy(), takingMs).unref();
    });
    response.once('close', () => {
      clearTimeout(taking);
      const rest = open.get(socket);
      if (rest !== undefined) rest.count--;
    });
  });

  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // Node hands the connection over as it is: without this nobody would hear its errors.
    socket.on('error', () => socket.destroy());
    refuseRaw(socket, ['method_not_allowed', 'this is no proxy'], takingMs);
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const mine = open.get(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || !mayAnswer(mine)) return void socket.destroy();
    refuseRaw(socket, UNREADABLE[error.code ?? ''] ?? MALFORMED, takingMs);
  });
}

/** Whether what is written now is taken for the answer to the request that could not be read, and to no other. */
function mayAnswer(open: Open | undefined): boolean {
  if (open === undefined || open.count === 0) return true;
  const { request, response } = open.newest;
  return open.count === 1 && !request.complete && !response.headersSent;
}
