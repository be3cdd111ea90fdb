import type { IncomingHttpHeaders } from 'node:http';
import { trimmed } from '../trimmed.ts';

/** The head of a request that is written as nearly all are. */
export interface PlainHead {
  url: string;
  headers: IncomingHttpHeaders;
  /** Bytes of the head, with the empty line after it. */
  length: number;
  /** Bytes of the body. */
  bodyLength: number;
}

/** Longest head that is read here, in bytes. */
const MOST_HEAD = 8 * 1024;
/** Longest body of a request that is read here, in bytes. */
const MOST_BODY = 256 * 1024;

const POST = Buffer.from('POST /');
const END = Buffer.from('\r\n\r\n');
/** All of a head but its last line break. No two ways to match the same text, so that it takes time in proportion to it. */
const PLAIN = /^POST (\/[!-~]*) HTTP\/1\.1(?:\r\n[A-Za-z0-9_-]+:[\t -~]*)+$/;
/** What these say is for `node:http` to judge: where a request ends, and what becomes of its connection. */
const ELSEWHERE = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads the head that `bytes` begin with, where there is one way to read it and no other: of ASCII, with a length for its body
 * and no header twice. Undefined for every other: it is left to `node:http`, which says what is wrong with it, or nothing.
 */
export function plainHead(bytes: Buffer): PlainHead | undefined {
  if (bytes.length < POST.length || bytes.compare(POST, 0, POST.length, 0, POST.length) !== 0)
    return undefined;
  const end = bytes.indexOf(END);
  if (end < 0 || end > MOST_HEAD) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const match = PLAIN.exec(text);
  if (match === null) return undefined;
  const url = match[1]!;
  const headers: Record<string, string> = {};
  for (let at = text.indexOf('\r\n') + 2; at > 1; ) {
    const colon = text.indexOf(':', at);
    const next = text.indexOf('\r\n', colon);
    const name = text.slice(at, colon).toLowerCase();
    const value = trimmed(text, colon + 1, next < 0 ? end : next);
    at = next + 2;
    if (ELSEWHERE.has(name)) {
      // The default, which some say all the same.
      if (name === 'connection' && value.toLowerCase() === 'keep-alive') continue;
      return undefined;
    }
    // What every object has is there too, and is left to others like what is there twice.
    if (headers[name] !== undefined) return undefined;
    headers[name] = value;
  }
  const length = headers['content-length'];
  if (headers.host === undefined || length === undefined || !/^\d{1,6}$/.test(length)) return undefined;
  const bodyLength = Number(length);
  return bodyLength > MOST_BODY ? undefined : { url, headers, length: end + END.length, bodyLength };
}
