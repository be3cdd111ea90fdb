import type { IncomingHttpHeaders } from 'node:http';
import { trimmed } from '../trimmed.ts';
import { badAnswer } from './broken-exchange.ts';
import { type Framing, type FramingHeaders, framingOf } from './framing.ts';
import { headerName } from './header-names.ts';

/** The head of an answer, and what it says of the body and the connection. */
export interface AnswerHead extends Framing {
  status: number;
  /** By names in lower case; a header that came again is taken as Node takes it. */
  headers: IncomingHttpHeaders;
}

/** What has come by name. An object of nothing that inherits nothing: no name is there before it comes. */
class Headers {
  [name: string]: string | string[] | undefined;
}
Object.setPrototypeOf(Headers.prototype, null);
// `Object.create(null)` would do the same, and costs three times as much with each header.
delete (Headers.prototype as { constructor?: unknown }).constructor;

/** What may be in no value: a line break alone would end the header for who is less strict. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;
const SPACE = 32;
const ZERO = 48;

/**
 * Reads a head strictly.
 * @param text the lines of the head, without the empty one that ends it, one character a byte
 * @throws BrokenExchange `BAD_ANSWER` where it is no head of HTTP/1.0 or 1.1, or says contradictory things of the body
 */
export function readHead(text: string): AnswerHead {
  let eol = text.indexOf('\r\n');
  if (eol === -1) eol = text.length;
  const status = readStatus(text, eol);
  const headers = new Headers();
  while (eol < text.length) {
    const start = eol + 2;
    eol = text.indexOf('\r\n', start);
    if (eol === -1) eol = text.length;
    const colon = text.indexOf(':', start);
    const spelled = colon === -1 || colon >= eol ? undefined : headerName(text.slice(start, colon));
    if (spelled === undefined) throw badAnswer('a line of the head is no header');
    const value = trimmed(text, colon + 1, eol);
    if (CONTROL.test(value)) throw badAnswer('a header has a control character');
    const { name, kind } = spelled;
    const before = headers[name];
    if (before === undefined) headers[name] = kind === 'list' ? [value] : value;
    else if (kind === 'list') (before as string[]).push(value);
    else if (name === 'content-length') throw badAnswer('the length of the body is given twice');
    else if (kind !== 'single') headers[name] = `${before}, ${value}`;
  }
  const http11 = text.charCodeAt(7) === ZERO + 1;
  const { ends, keptMs } = framingOf(status, headers as FramingHeaders, http11);
  return { status, headers, ends, keptMs };
}

/** The status of `HTTP/1.1 200 OK`; the words after it are not looked at. */
function readStatus(text: string, eol: number): number {
  const [minor, status] = [text.charCodeAt(7) - ZERO, digits(text, 9)];
  const begins = text.startsWith('HTTP/1.') && (minor === 0 || minor === 1) && text.charCodeAt(8) === SPACE;
  const ends = eol === 12 || (eol > 12 && text.charCodeAt(12) === SPACE);
  if (!begins || !ends || !(status >= 100)) throw badAnswer('the answer is no HTTP/1.1');
  if (CONTROL.test(text.slice(12, eol))) throw badAnswer('the status line has a control character');
  return status;
}

/** The number of three digits at `at`; not a number where it is none. */
function digits(text: string, at: number): number {
  let number = 0;
  for (let index = at; index < at + 3; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** @throws BrokenExchange `BAD_ANSWER` where the line is no header of a trailer, or says where the body ends, which it cannot. */
export function checkTrailer(line: string): void {
  const colon = line.indexOf(':');
  const name = colon === -1 ? undefined : headerName(line.slice(0, colon))?.name;
  if (name === undefined || CONTROL.test(line.slice(colon + 1)))
    throw badAnswer('a line after the last chunk is no header');
  if (name === 'content-length' || name === 'transfer-encoding')
    throw badAnswer('the length of the body is given after it');
}
