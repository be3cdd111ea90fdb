import { atEndOfTurn } from '../lib/turn.ts';
import { mayFallBack } from './attempt.ts';
import type { Endpoint } from './dialects/endpoint.ts';
import type { Draw } from './draw.ts';
import { type CallerResponse, ONE_PIECE } from './http/server/caller.ts';
import { restoredBody } from './privacy/restore-value.ts';
import { type Received, received, receivedStream } from './receive.ts';
import { relay } from './relay.ts';
import type { Tried } from './tries.ts';

/** What came of a call, and what its caller got: `status` is the caller's. */
export interface Replied extends Received {
  degraded: boolean;
}

/** Writes what was tried last to the caller: an answer, a stream, a degraded answer or an error. */
export async function reply(
  response: CallerResponse,
  { endpoint, last, draw, restore }: Tried,
  headers: Record<string, string>,
  streams: boolean,
): Promise<Replied> {
  if (last.kind === 'stream') {
    const end = await relay(response, last.stream, headers, endpoint, restore);
    return { ...receivedStream(last.stream, end), degraded: false };
  }
  const came = received(last);
  if (last.kind === 'answer') {
    const body = restore === undefined ? last.body : restoredBody(last.body, restore);
    writeJson(response, last.status, { ...last.headers, ...headers }, body);
    return { ...came, degraded: false };
  }
  const { outcome, passed, error, over } = last;
  if (outcome === 'client_cancelled') {
    response.destroy();
    return { ...came, status: 499, degraded: false };
  }
  // A call that no backend was asked, or could be, is the caller's to mend, and not for want of a provider.
  const mayDegrade =
    over === undefined ? last.backend !== undefined && !last.unspoken && mayFallBack(last) : over.degrade;
  const degraded = mayDegrade ? degradedOf(endpoint, draw) : undefined;
  if (degraded !== undefined) {
    if (streams) writeEvents(response, headers, degraded.stream());
    else writeJson(response, 200, headers, degraded.json());
    return { ...came, status: 200, degraded: true };
  }
  const own = passed && (restore === undefined ? passed.body : restoredBody(passed.body, restore));
  const said = own ?? endpoint.errorJson(error);
  writeJson(response, came.status, { ...passed?.headers, ...headers }, said);
  return { ...came, degraded: false };
}

/** The degraded answer of the route drawn, as the endpoint has it; undefined where there is none. */
export function degradedOf({ degraded }: Endpoint, { route }: Draw) {
  const { degraded: content, name } = route.entry;
  if (degraded === undefined || content === undefined) return undefined;
  return { json: () => degraded.json(name, content), stream: () => degraded.stream(name, content) };
}

/** Writes a whole answer, JSON if `headers` do not say otherwise. */
export function writeJson(
  response: CallerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string,
): void {
  if (response.destroyed || response.headersSent) return;
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers, 'content-length': length });
  if (typeof body === 'string' || length > ONE_PIECE) response.end(body);
  else atEndOfTurn(() => response.end(body.toString('latin1'), 'latin1'));
}

function writeEvents(response: CallerResponse, headers: Record<string, string>, events: string): void {
  if (response.destroyed) return;
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.end(events);
}
