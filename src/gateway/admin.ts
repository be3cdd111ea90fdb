import { createServer, type Server, type ServerResponse } from 'node:http';
import type { EvidenceReading } from '../api/evidence.ts';
import type { Sample } from './samples/sample.ts';
import { MOST_SAMPLES } from './samples/sampler.ts';
import type { TakenTraits } from './samples/trait-book.ts';

/** What an admin port tells, of one process or of several. What rejects is answered 503: missing is not zero. */
export interface AdminDeps {
  /** Whether new calls may be sent here. */
  ready: () => boolean;
  /** What has been counted of the releases named, or of all; a list where several processes count. */
  evidence(uids: readonly string[]): Awaitable<EvidenceReading | EvidenceReading[]>;
  takeSamples(most: number): Awaitable<Sample[]>;
  takeTraits(): Awaitable<TakenTraits[]>;
  /** All metrics, in the form that an `Accept` asks for. */
  metrics(accept?: string): Promise<{ text: string; type: string }>;
}

type Awaitable<T> = T | Promise<T>;

/** The server for Prometheus, probes, the controller and the evaluator; not for callers. */
export function adminServer({ ready, evidence, takeSamples, takeTraits, metrics }: AdminDeps): Server {
  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://admin');
    if (url === null) return say(response, 400, 'that is no path\n');
    const method = url.pathname.endsWith('/take') ? 'POST' : 'GET';
    if (request.method !== method) return say(response, 405, `use ${method}\n`);
    const sayJson = (read: () => Awaitable<unknown>) =>
      Promise.resolve()
        .then(read)
        .then(
          (value) => say(response, 200, JSON.stringify(value), 'application/json'),
          () => say(response, 503, 'not every process of the gateway could be asked\n'),
        );
    if (url.pathname === '/samples/take') return void sayJson(() => takeSamples(MOST_SAMPLES));
    if (url.pathname === '/traits/take') return void sayJson(takeTraits);
    if (url.pathname === '/healthz') return say(response, 200, 'ok\n');
    if (url.pathname === '/readyz') {
      return ready()
        ? say(response, 200, 'ok\n')
        : say(response, 503, 'the resources have not been read yet, or the gateway is stopping\n');
    }
    if (url.pathname === '/evidence') return void sayJson(() => evidence(url.searchParams.getAll('uid')));
    if (url.pathname === '/metrics') {
      metrics(request.headers.accept).then(
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
