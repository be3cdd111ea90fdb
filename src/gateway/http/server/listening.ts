import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { FastPath } from './fast-path.ts';

/** How often connections that have become idle are looked for while a server closes, in ms. */
const SWEEP_MS = 50;

/** The connections of each server. */
const connections = new WeakMap<Server, Set<Socket>>();

/** @throws Error where the address is taken. */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
}

/**
 * Closes a server: it takes no connection any more, and each it has is closed once its answer is out. What takes longer
 * than `graceMs` is cut off.
 * @param fast the connections that `node:http` knows nothing of
 */
export async function close(server: Server, graceMs: number, fast?: FastPath): Promise<void> {
  const closed = once(server, 'close');
  // A caller that goes on asking over its connection would keep the server open until the grace is over.
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const open = connections.get(server) ?? new Set();
  const closeIdle = () => {
    for (const socket of open) {
      // To Node that is no idle connection, but one whose request has yet to come.
      if (socket.bytesRead === 0) socket.destroy();
    }
    // To Node a connection is idle once its answer has been written, be it still on its way to a caller who reads slowly.
    if ([...open].every((socket) => socket.writableLength === 0)) server.closeIdleConnections();
  };
  // That of `node:http` closes idle connections first, and such with them.
  NetServer.prototype.close.call(server);
  fast?.close();
  closeIdle();
  const sweep = setInterval(closeIdle, SWEEP_MS);
  const force = setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(force);
  // Nothing is left to be closed, but what looks for requests that take too long.
  server.close();
}

export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
