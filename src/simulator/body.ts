import type { IncomingMessage } from 'node:http';

/** The largest body that is taken, in bytes. */
export const BODY_LIMIT = 10 * 1024 * 1024;

/**
 * Reads a body whole and hands it on; undefined: it is larger than the limit. What is too much is read to its end, for a
 * caller that is still sending would not see the answer, but it is not kept.
 */
export function readBody(request: IncomingMessage, done: (body: string | undefined) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > BODY_LIMIT) chunks = [];
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > BODY_LIMIT) done(undefined);
    else done((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString());
  });
}
