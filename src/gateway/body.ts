import type { IncomingMessage } from 'node:http';
import { CallError } from './errors.ts';

/** Longest body of a request, in bytes. */
const MOST_BYTES = 10 * 1024 * 1024;
/** Deepest nesting of a body. What is read without recursion cannot be written without it, and would overflow there. */
const MOST_DEPTH = 200;

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
  if (text.length > 2 * MOST_DEPTH && isDeeper(body, MOST_DEPTH)) {
    throw new CallError('invalid_request', `the body is nested deeper than ${MOST_DEPTH} levels`);
  }
  return body as Record<string, unknown>;
}

/** Whether values are nested deeper than `levels`. */
function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
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
