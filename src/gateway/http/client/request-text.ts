import { isHeaderName, isHeaderValue } from '../../../lib/http-header.ts';
import type { Headers } from '../../dialects/endpoint.ts';
import { BrokenExchange } from './broken-exchange.ts';

const TARGET = /^\/[\x21-\x7e]*$/;
const HOST = /^[\x21-\x7e]+$/;

/** Headers that say how a request is framed, and whom it is for: they are the connection's own. */
const FRAMING = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade', 'expect', 'te'],
  'trailer',
]);
/** What is said in the head of all requests: what a caller says may be no second word on it. */
const SAID = new Set(['content-type', 'accept', 'user-agent', 'authorization', 'x-api-key']);

/**
 * What is the same of all requests to one place with one key: the line and `headers`, without the empty line.
 * @throws BrokenExchange `BAD_REQUEST` where that cannot be said in HTTP; it names no value
 */
export function requestHead(path: string, host: string, headers: Headers): string {
  if (!TARGET.test(path)) throw badRequest('the path is none');
  if (!HOST.test(host)) throw badRequest('the host is none');
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) head += lineOf(name, headers[name]!);
  return head;
}

/**
 * Headers of one call as they are sent, a line each.
 * @throws BrokenExchange `BAD_REQUEST` where a name or a value is none, or the head says it already; it names no value
 */
export function headerLines(headers: Headers): string {
  let lines = '';
  for (const name in headers) {
    if (SAID.has(name.toLowerCase())) throw badRequest(`the header ${name} is not the call's to say`);
    lines += lineOf(name, headers[name]!);
  }
  return lines;
}

function lineOf(name: string, value: string): string {
  if (!isHeaderName(name)) throw badRequest('the name of a header is none');
  if (FRAMING.has(name.toLowerCase())) throw badRequest(`the header ${name} is the connection's own`);
  if (!isHeaderValue(value)) throw badRequest(`the header ${name} has a character that none may have`);
  return `${name}: ${value}\r\n`;
}

/**
 * A request in one piece: as text of one byte a character where it can be, which is the cheapest to write.
 * @param head of {@link requestHead}, with lines of {@link headerLines}
 */
export function requestText(head: string, body: string): string | Buffer {
  const bytes = Buffer.byteLength(body);
  const begin = `${head}content-length: ${bytes}\r\n\r\n`;
  if (bytes === body.length) return begin + body;
  const request = Buffer.allocUnsafe(begin.length + bytes);
  request.write(begin, 0, 'latin1');
  request.write(body, begin.length, 'utf8');
  return request;
}

const badRequest = (what: string): BrokenExchange => new BrokenExchange('BAD_REQUEST', what);
