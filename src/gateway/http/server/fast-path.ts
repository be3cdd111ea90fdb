import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { CallerLimits } from '../../limits.ts';
import type { CallerResponse, WholeRequest } from './caller.ts';
import { FastConnection, type Service } from './fast-connection.ts';

/**
 * Calls at a time that are kept while the rest of them has yet to come. Nobody knows by then whether their callers may call at
 * all: `node:http` asks before it keeps anything of a body.
 */
export const MOST_WAITING = 256;

/** The connections of a server that are not `node:http`'s, or not yet. */
export interface FastPath {
  /** Takes no further calls: connections are closed, those with a call under way after its answer. */
  close(): void;
}

/**
 * Puts a shorter way to `serve` before `server`, for calls that are written as nearly all are; every other connection is
 * `node:http`'s as ever, from its first such request on.
 */
export function fastPath(
  server: Server,
  serve: (request: WholeRequest, response: CallerResponse) => void,
  limits: CallerLimits,
): FastPath {
  const connections = new Set<FastConnection>();
  const waiting = new Set<FastConnection>();
  // As `emit('connection', …)` would have it called, by which a server takes connections that others have accepted.
  const [take] = server.listeners('connection') as [(socket: Socket) => void];
  server.off('connection', take);
  let closing = false;
  let now = performance.now();
  const service: Service = {
    serve,
    limits,
    now: () => now,
    closing: () => closing,
    mayWait(connection) {
      const hasRoom = waiting.size < MOST_WAITING;
      if (hasRoom) waiting.add(connection);
      return hasRoom;
    },
    waited: (connection) => waiting.delete(connection),
    closed(connection) {
      connections.delete(connection);
      waiting.delete(connection);
    },
    handOver(connection, bytes) {
      const { socket } = connection;
      service.closed(connection);
      connection.letGo();
      socket.pause();
      socket.unshift(bytes);
      take.call(server, socket);
      socket.resume();
    },
  };
  server.on('connection', (socket: Socket) => {
    connections.add(new FastConnection(socket, service));
  });
  const sweep = setInterval(() => {
    now = performance.now();
    for (const connection of connections) connection.look(now);
  }, limits.checkMs).unref();
  server.once('close', () => clearInterval(sweep));

  return {
    close() {
      closing = true;
      for (const connection of connections) connection.close();
    },
  };
}
