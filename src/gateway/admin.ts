import { createServer, type Server, type ServerResponse } from 'node:http';
import type { EvidenceBook } from './evidence.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Table } from './table.ts';

export interface AdminDeps {
  table: () => Table | undefined;
  book: EvidenceBook;
  metrics: GatewayMetrics;
}

/** The server for Prometheus, probes and the controller; not for callers. */
export function adminServer({ table, book, metrics }: AdminDeps): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://admin');
    if (request.method !== 'GET') return say(response, 405, 'use GET\n');
    if (url.pathname === '/healthz') return say(response, 200, 'ok\n');
    if (url.pathname === '/readyz') {
      return table() === undefined
        ? say(response, 503, 'the resources have not been read yet\n')
        : say(response, 200, 'ok\n');
    }
    if (url.pathname === '/evidence') {
      const reading = book.reading(table(), url.searchParams.getAll('uid'));
      return say(response, 200, JSON.stringify(reading), 'application/json');
    }
    if (url.pathname === '/metrics') {
      metrics.text().then(
        (text) => say(response, 200, text, metrics.contentType),
        () => say(response, 500, 'the metrics could not be made\n'),
      );
      return;
    }
    say(response, 404, 'see /healthz, /readyz, /metrics and /evidence\n');
  });
}

function say(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
