import type { ServerResponse } from 'node:http';
import type { Timers } from '../lib/timers.ts';
import type { ProviderError } from './provider-error.ts';

/** Runs `run` in `ms`, at once for 0, and never once the caller has gone. */
export function later(response: ServerResponse, ms: number, timers: Timers, run: () => void): void {
  if (ms <= 0) {
    run();
    return;
  }
  const cancel = timers.after(ms, () => {
    response.off('close', cancel);
    run();
  });
  response.once('close', cancel);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers?: Record<string, string>,
): void {
  response.writeHead(status, jsonHeaders(body, headers)).end(body);
}

export const sendError = (response: ServerResponse, { status, body, headers }: ProviderError): void =>
  sendJson(response, status, body, headers);

export const jsonHeaders = (body: string, headers?: Record<string, string>) => ({
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
  ...headers,
});

/** How a response ends after the last that is written to it. */
export type Ending = 'end' | 'destroy' | 'hold';

/**
 * Writes `chunks` at a pace, and `closing` with the last of them.
 * @param perSecond chunks a second; undefined: everything in one go
 */
export function writeChunks(
  response: ServerResponse,
  chunks: readonly string[],
  closing: string,
  ending: Ending,
  perSecond: number | undefined,
  timers: Timers,
): void {
  if (perSecond === undefined) {
    finish(response, chunks.join('') + closing, ending);
    return;
  }
  const start = timers.now();
  let sent = 0;
  const step = () => {
    // The small number takes up what floating point loses where a chunk is due just now.
    const due = 1 + Math.floor(((timers.now() - start) * perSecond) / 1000 + 1e-6);
    const text = chunks.slice(sent, due).join('');
    sent = due;
    if (sent >= chunks.length) return finish(response, text + closing, ending);
    const next = () =>
      later(response, Math.max(1e-3, start + (sent * 1000) / perSecond - timers.now()), timers, step);
    if (response.write(text)) next();
    else response.once('drain', next);
  };
  step();
}

/** Writes the last and ends, breaks the connection, or leaves it open in silence. */
export function finish(response: ServerResponse, text: string, ending: Ending): void {
  if (ending === 'end') response.end(text);
  // What is written before a break must have left this process, or the caller would see fewer chunks.
  else if (ending === 'destroy') response.write(text, () => response.destroy());
  else response.write(text);
}
