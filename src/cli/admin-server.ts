import { createServer } from 'node:http';
import type { Registry } from 'prom-client';
import type { Address } from './address.ts';

export interface AdminServerOptions {
  address: Address;
  registry: Registry;
  /** Whether the process can do its work. */
  ready: () => boolean;
}

/** Serves `/metrics`, `/healthz` and `/readyz`; resolves to how to stop it. Rejects where the port is taken. */
export async function startAdminServer({
  address,
  registry,
  ready,
}: AdminServerOptions): Promise<() => Promise<void>> {
  const server = createServer(async (request, response) => {
    const [pathname] = (request.url ?? '/').split('?');
    if (pathname === '/metrics') {
      response.setHeader('content-type', registry.contentType).end(await registry.metrics());
    } else if (pathname === '/healthz') response.end('ok\n');
    else if (pathname === '/readyz')
      response.writeHead(ready() ? 200 : 503).end(ready() ? 'ok\n' : 'not yet\n');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
