import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often connections that have become idle are looked for while a server closes, in ms. */
const SWEEP_MS = 50;

/** @throws Error where the address is taken. */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

/**
 * Closes a server: it takes no connection any more, and each it has is closed once its answer is out. What takes longer
 * than `graceMs` is cut off.
 */
export async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  // A caller that goes on asking over its connection would keep the server open until the grace is over.
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  server.close();
  server.closeIdleConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(force);
}

export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
