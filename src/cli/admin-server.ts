import { createServer } from 'node:http';
import type { Registry } from 'prom-client';
import type { EvidenceReading } from '../api/evidence.ts';
import type { Address } from './address.ts';

export interface AdminServerOptions {
  address: Address;
  registry: Registry;
  /** Whether the process can do its work. */
  ready: () => boolean;
  /** What is answered at `/evidence`, of the releases named or of all; absent: nothing is there. */
  evidence?: (uids: readonly string[]) => EvidenceReading;
}

/** Serves `/metrics`, `/healthz` and `/readyz`; resolves to how to stop it. Rejects where the port is taken. */
export async function startAdminServer({
  address,
  registry,
  ready,
  evidence,
}: AdminServerOptions): Promise<() => Promise<void>> {
  const server = createServer(async (request, response) => {
    const [pathname, query] = (request.url ?? '/').split('?');
    if (pathname === '/metrics') {
      response.setHeader('content-type', registry.contentType).end(await registry.metrics());
    } else if (pathname === '/healthz') response.end('ok\n');
    else if (pathname === '/readyz')
      response.writeHead(ready() ? 200 : 503).end(ready() ? 'ok\n' : 'not yet\n');
    else if (pathname === '/evidence' && evidence !== undefined) {
      const uids = new URLSearchParams(query).getAll('uid');
      response.setHeader('content-type', 'application/json').end(JSON.stringify(evidence(uids)));
    } else response.writeHead(404).end();
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
