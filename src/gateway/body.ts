import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { CallError } from './errors.ts';
import type { CallerRequest } from './http/server/caller.ts';
import {
  type JsonShape,
  MOST_CONTAINERS,
  MOST_DEPTH,
  MOST_MEMBERS,
  MOST_VALUES,
  shapeOf,
} from './json-shape.ts';

/** Longest body of a request, in bytes. */
const MOST_BYTES = 10 * 1024 * 1024;

const EXCESS: Readonly<Record<NonNullable<JsonShape['excess']>, string>> = {
  depth: `the body is nested deeper than ${MOST_DEPTH} levels`,
  containers: `the body has more than ${MOST_CONTAINERS} objects and lists`,
  members: `the objects of the body have more than ${MOST_MEMBERS} members`,
  values: `the body has more than ${MOST_VALUES} values`,
};

/**
 * Reads a request's body as a JSON object.
 * @throws CallError where it is too long, compressed, not of JSON, or has more in it than can be served beside other calls.
 */
export async function readBody(request: CallerRequest): Promise<Record<string, unknown>> {
  checkHeaders(request);
  const bytes = 'body' in request ? request.body : await whole(request);
  const { excess, hugeNumbers } = shapeOf(bytes);
  if (excess !== undefined) throw new CallError('invalid_request', EXCESS[excess]);
  const body = parsed(bytes);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new CallError('malformed_json', 'the body must be a JSON object');
  }
  if (hugeNumbers && !allFinite(body)) {
    // Written again it would be null, which the provider would take for something else.
    throw new CallError('invalid_request', 'the body has a number that is too large to be held');
  }
  return body as Record<string, unknown>;
}

function checkHeaders({ headers }: CallerRequest): void {
  const encodings = [headers['content-encoding'] ?? 'identity', headers['transfer-encoding'] ?? 'chunked'];
  if (!['identity', ''].includes(encodings[0]!.toLowerCase()) || encodings[1]!.toLowerCase() !== 'chunked') {
    throw new CallError('unsupported_encoding', 'send the body uncompressed');
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (!isJson(type.trim())) {
    throw new CallError('unsupported_media_type', 'send the body as content-type: application/json');
  }
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new CallError('unsupported_media_type', 'send the body in UTF-8');
  }
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
}

/** What `curl -d`, and `fetch` of a text, say of whatever they send is no word against it. */
const UNSAID = ['', 'application/x-www-form-urlencoded', 'text/plain'];

function isJson(type: string): boolean {
  return UNSAID.includes(type) || type === 'application/json' || type.endsWith('+json');
}

function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new CallError('malformed_json', 'the body is no UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new CallError('malformed_json', 'the body is no JSON');
  }
}

/** Whether all numbers in a value of bounded depth are such as JSON can be written with. */
function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value !== 'object' || Object.values(value).every(allFinite);
}

function whole(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) {
        request.removeAllListeners('data');
        chunks.length = 0;
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
