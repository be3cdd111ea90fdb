import { createServer, type Server, type ServerResponse } from 'node:http';
import type { EvidenceBook } from './evidence.ts';
import type { GatewayMetrics } from './metrics.ts';
import { MOST_SAMPLES, type Sampler } from './samples/sampler.ts';
import type { TraitBook } from './samples/trait-book.ts';
import type { Table } from './table.ts';

export interface AdminDeps {
  table: () => Table | undefined;
  /** Whether new calls may be sent here. */
  ready: () => boolean;
  book: EvidenceBook;
  samples: Pick<Sampler, 'take'>;
  traits: Pick<TraitBook, 'take'>;
  metrics: GatewayMetrics;
}

/** The server for Prometheus, probes, the controller and the evaluator; not for callers. */
export function adminServer({ table, ready, book, samples, traits, metrics }: AdminDeps): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://admin');
    if (url === null) return say(response, 400, 'that is no path\n');
    const method = url.pathname.endsWith('/take') ? 'POST' : 'GET';
    if (request.method !== method) return say(response, 405, `use ${method}\n`);
    if (url.pathname === '/samples/take')
      return say(response, 200, JSON.stringify(samples.take(MOST_SAMPLES)), 'application/json');
    if (url.pathname === '/traits/take')
      return say(response, 200, JSON.stringify(traits.take()), 'application/json');
    if (url.pathname === '/healthz') return say(response, 200, 'ok\n');
    if (url.pathname === '/readyz') {
      return ready()
        ? say(response, 200, 'ok\n')
        : say(response, 503, 'the resources have not been read yet, or the gateway is stopping\n');
    }
    if (url.pathname === '/evidence') {
      const reading = book.reading(table(), url.searchParams.getAll('uid'));
      return say(response, 200, JSON.stringify(reading), 'application/json');
    }
    if (url.pathname === '/metrics') {
      metrics.text(request.headers.accept).then(
        ({ text, type }) => say(response, 200, text, type),
        () => say(response, 500, 'the metrics could not be made\n'),
      );
      return;
    }
    say(response, 404, 'see /healthz, /readyz, /metrics, /evidence, /samples/take and /traits/take\n');
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
