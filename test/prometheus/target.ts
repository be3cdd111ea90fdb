import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A process whose metrics are scraped, as far as Prometheus can tell. */
export interface Target {
  /** `host:port`. */
  address: string;
  /** What it exposes from now on; `type` is the content type, by default of the text format. */
  expose(body: string | Buffer, type?: string): void;
  stop(): Promise<void>;
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Starts a target on loopback that exposes nothing yet. */
export async function startTarget(): Promise<Target> {
  let body: string | Buffer = '';
  let contentType = TEXT;
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': contentType }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    expose(next, type = TEXT) {
      body = next;
      contentType = type;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
