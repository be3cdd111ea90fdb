import type { ServerResponse } from 'node:http';
import type { Outcome } from '../api/evidence.ts';
import type { Answer } from './answer.ts';
import { mayFallBack } from './attempt.ts';
import { degradedJson, degradedStream } from './degraded.ts';
import { relay } from './relay.ts';
import type { Tried } from './tried.ts';

/** What the caller got. */
export interface Finished {
  status: number;
  outcome: Outcome;
  answer?: Answer;
  schemaChecked: boolean;
  firstTokenMs?: number;
  degraded: boolean;
}

/** Writes what was tried last to the caller: an answer, a stream, a degraded answer or an error. */
export async function reply(
  response: ServerResponse,
  { last, draw }: Tried,
  headers: Record<string, string>,
  streams: boolean,
  begun: number,
): Promise<Finished> {
  if (last.kind === 'answer') {
    const { status, body, answer } = last;
    writeJson(response, status, { ...last.headers, ...headers }, body);
    return { status, outcome: answer.outcome, answer, schemaChecked: answer.schemaChecked, degraded: false };
  }
  if (last.kind === 'stream') {
    const { answer, firstTokenMs } = await relay(response, last.stream, headers, begun);
    const { outcome, schemaChecked } = answer;
    return { status: 200, outcome, answer, schemaChecked, firstTokenMs, degraded: false };
  }
  const { outcome, passed, error } = last;
  const failed = { outcome, schemaChecked: false };
  if (outcome === 'client_cancelled') {
    response.destroy();
    return { ...failed, status: 499, degraded: false };
  }
  const { degraded, name } = draw.route.entry;
  // A call that no backend was asked is the caller's to mend, and not for want of a provider.
  if (degraded !== undefined && last.backend !== undefined && mayFallBack(last)) {
    if (streams) writeEvents(response, headers, degradedStream(name, degraded));
    else writeJson(response, 200, headers, degradedJson(name, degraded));
    return { ...failed, status: 200, degraded: true };
  }
  const status = passed?.status ?? error.status;
  writeJson(response, status, { ...passed?.headers, ...headers }, passed?.body ?? error.toBody());
  return { ...failed, status, degraded: false };
}

/** Writes a whole answer, JSON if `headers` do not say otherwise. */
export function writeJson(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string,
): void {
  if (response.destroyed || response.headersSent) return;
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers, 'content-length': length });
  response.end(body);
}

function writeEvents(response: ServerResponse, headers: Record<string, string>, events: string): void {
  if (response.destroyed) return;
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.end(events);
}
