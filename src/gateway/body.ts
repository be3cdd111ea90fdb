import type { IncomingMessage } from 'node:http';
import { CallError } from './errors.ts';

/** Longest body of a request, in bytes. */
const MOST_BYTES = 10 * 1024 * 1024;

/**
 * Reads a request's body as a JSON object.
 * @throws CallError where it is too long, compressed, or no JSON object.
 */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new CallError('unsupported_encoding', 'send the body uncompressed');
  }
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
  const text = (await whole(request)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new CallError('malformed_json', 'the body is no JSON');
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new CallError('malformed_json', 'the body must be a JSON object');
  }
  return body as Record<string, unknown>;
}

function whole(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) {
        request.removeAllListeners('data');
        request.resume();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('error', () => reject(new CallError('invalid_request', 'the body broke off')));
  });
}

function tooLarge(): CallError {
  return new CallError('body_too_large', `the body is longer than ${MOST_BYTES} bytes`);
}
