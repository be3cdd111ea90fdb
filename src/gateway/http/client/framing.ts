import { badAnswer } from './broken-exchange.ts';
import { keptMs } from './keep-alive.ts';

/** Where an answer ends, and whether its connection goes on. */
export interface Framing {
  /** Where the body ends: after so many bytes, with its last chunk, or with the connection. */
  ends: number | 'chunked' | 'closed';
  /** How long the connection may wait for the next request, in ms; 0 where it is not to be used again. */
  keptMs: number;
}

/** The headers that say it. */
export interface FramingHeaders {
  'content-length'?: string;
  'transfer-encoding'?: string;
  connection?: string;
  'keep-alive'?: string;
}

const DIGITS = /^\d{1,15}$/;
/** Whether `chunked` is the last of the codings: the body ends with the connection where it is not (RFC 9112, 6.3). */
const CHUNKED = /(?:^|,)[ \t]*chunked$/i;
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;

/**
 * How an answer to a POST is framed (RFC 9112, 6.3).
 * @throws BrokenExchange `BAD_ANSWER` where it has two lengths, or one that is no number: what reads it otherwise than its
 * server may take one answer for another
 */
export function framingOf(status: number, headers: FramingHeaders, http11: boolean): Framing {
  const length = headers['content-length'];
  const coding = headers['transfer-encoding'];
  if (length !== undefined && coding !== undefined)
    throw badAnswer('the answer has both a length and a transfer coding');
  if (length !== undefined && !DIGITS.test(length)) throw badAnswer('the length of the body is no number');
  const ends =
    length !== undefined
      ? Number(length)
      : coding !== undefined && CHUNKED.test(coding)
        ? 'chunked'
        : 'closed';
  // Servers speak HTTP/1.0 that do not know that a connection can go on.
  const goesOn = http11 && (headers.connection === undefined || !CLOSE.test(headers.connection));
  const kept = goesOn ? keptMs(headers['keep-alive']) : 0;
  // One that says it has a body may send it, whatever the status.
  const hasBody = coding !== undefined || (length !== undefined && ends !== 0);
  if (isBodiless(status)) return { ends: 0, keptMs: hasBody ? 0 : kept };
  return { ends, keptMs: ends === 'closed' ? 0 : kept };
}

const isBodiless = (status: number): boolean => status < 200 || status === 204 || status === 304;
