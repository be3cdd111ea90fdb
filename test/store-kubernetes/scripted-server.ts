import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../../src/store/kubernetes/credentials.ts';

/** A server that answers as a test tells it: for faults that a real API server cannot be made to show. */
export interface ScriptedServer {
  url: string;
  credentials: Credentials;
  /** `METHOD url` of each request so far. */
  requests: string[];
  close(): Promise<void>;
}

export async function scriptedServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ScriptedServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    credentials: { namespace: 'default', read: async () => ({ server: url, headers: {}, tls: {} }) },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
