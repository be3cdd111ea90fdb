import { createServer, type Server } from 'node:http';
import { messageOf } from '../lib/log.ts';
import { atEndOfTurn } from '../lib/turn.ts';
import { readBody } from './body.ts';
import { entryFor, modelsFor } from './callers/allowed.ts';
import { ANYBODY, type Callers } from './callers/caller.ts';
import { tableOf } from './current-table.ts';
import type { Endpoint } from './dialects/endpoint.ts';
import { ENDPOINTS } from './dialects/endpoints.ts';
import { CallError } from './errors.ts';
import { type FeedbackDeps, takeFeedback } from './feedback.ts';
import type { CallerRequest, CallerResponse } from './http/server/caller.ts';
import { guardConnections } from './http/server/connections.ts';
import { type FastPath, fastPath } from './http/server/fast-path.ts';
import { CALLER_LIMITS, type CallerLimits } from './limits.ts';
import { writeJson } from './reply.ts';
import { type EndpointDeps, serveEndpoint } from './serve-endpoint.ts';

export interface ServerDeps extends EndpointDeps, FeedbackDeps {
  /** Who may call. Default: everybody, everything. */
  callers?: Pick<Callers, 'identify'>;
  /** Default: `CALLER_LIMITS`. */
  limits?: CallerLimits;
}

/** The server that callers talk to, and its way around most of `node:http`. */
export function callServer(deps: ServerDeps): { server: Server; fast: FastPath } {
  const { limits = CALLER_LIMITS } = deps;
  const serve = (request: CallerRequest, response: CallerResponse) => {
    const path = pathOf(request);
    answer(deps, path, request, response).catch((error: unknown) =>
      refuse(deps, request, response, error, ENDPOINTS[path]),
    );
  };
  const server = createServer(
    {
      keepAliveTimeout: limits.idleMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: 32 * 1024,
      // It is required all the same, and refused in words.
      requireHostHeader: false,
    },
    (request, response) => {
      // A caller that has gone shows as `close`; an error that nobody hears would end the process.
      response.on('error', () => {});
      serve(request, response);
    },
  );
  server.maxConnections = limits.connections;
  // Of several processes on one port each would else hand what it has no room for to the next, round and round.
  Object.assign(server, { dropMaxConnection: true });
  guardConnections(server, limits);
  server.on('checkExpectation', (request: CallerRequest, response: CallerResponse) => {
    const error = new CallError('expectation_failed', 'nothing is expected here but 100-continue');
    refuse(deps, request, response, error, undefined);
  });
  return { server, fast: fastPath(server, serve, limits) };
}

async function answer(
  deps: ServerDeps,
  path: string,
  request: CallerRequest,
  response: CallerResponse,
): Promise<void> {
  if (request.httpVersion === '1.1' && request.headers.host === undefined)
    throw new CallError('malformed_request', 'the header Host is missing');
  const caller = deps.callers === undefined ? ANYBODY : await deps.callers.identify(request.headers);
  const endpoint = ENDPOINTS[path];
  if (endpoint !== undefined) {
    allow(request, 'POST');
    return serveEndpoint(deps, endpoint, caller, request, response);
  }
  if (path === '/v1/feedback') {
    allow(request, 'POST');
    await takeFeedback(deps, tableOf(deps), await readBody(request));
    response.writeHead(204).end();
    return;
  }
  if (path === '/v1/models') {
    allow(request, 'GET');
    const data = modelsFor(tableOf(deps), caller).map(modelOf);
    return writeJson(response, 200, {}, JSON.stringify({ object: 'list', data }));
  }
  if (path.startsWith('/v1/models/')) {
    allow(request, 'GET');
    const name = decode(path.slice('/v1/models/'.length));
    entryFor(tableOf(deps), name, caller);
    return writeJson(response, 200, {}, JSON.stringify(modelOf(name)));
  }
  throw new CallError(
    'unknown_path',
    `there is nothing at ${path.slice(0, 200)}; see ${Object.keys(ENDPOINTS).join(', ')}, /v1/feedback and /v1/models`,
  );
}

function pathOf({ url = '/' }: CallerRequest): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function allow({ method }: CallerRequest, only: string): void {
  if (method !== only) throw new CallError('method_not_allowed', `use ${only} here`);
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function modelOf(id: string) {
  return { id, object: 'model', created: 0, owned_by: 'sluice' };
}

function refuse(
  { log, metrics }: Pick<ServerDeps, 'log' | 'metrics'>,
  request: CallerRequest,
  response: CallerResponse,
  error: unknown,
  endpoint: Endpoint | undefined,
): void {
  if (error instanceof CallError) metrics.refused(error.code);
  if (response.destroyed) return;
  const said = (error: CallError) => endpoint?.errorJson(error) ?? error.toBody();
  if (error instanceof CallError) {
    // Whoever is refused is not read to the end of a body that may have none.
    const headers: Record<string, string> = request.complete ? {} : { connection: 'close' };
    if (error.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer';
    // OpenAI's and Anthropic's clients would try a 429 or 504 again at once.
    if (error.code === 'budget_exceeded' || error.code === 'not_cached') headers['x-should-retry'] = 'false';
    if (error.retryAfterS !== undefined) headers['retry-after'] = String(error.retryAfterS);
    return writeJson(response, error.status, headers, said(error));
  }
  log.error({ error: messageOf(error) }, 'a call failed in the gateway');
  // What was written before goes out first.
  if (response.headersSent) atEndOfTurn(() => response.destroy());
  else {
    const failure = new CallError('internal_error', 'the gateway failed');
    writeJson(response, failure.status, {}, said(failure));
  }
}
