import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux, macOS and Windows give to whoever names no port. */
const FIRST = 20_000;
const COUNT = 12_000;

/**
 * A TCP port of `host` that nobody listens on, for a process that will. It is drawn from those that the system gives to
 * nobody by itself, be it for a connection or for a server: so it is still free when that process comes to listen, and when
 * it is started again.
 * @throws Error where nobody can listen on `host`
 */
export async function freePort(host = '127.0.0.1', random = Math.random): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(random() * COUNT);
    if (await isFree(host, port)) return port;
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
