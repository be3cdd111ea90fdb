import { TOKEN } from '../../../lib/http-header.ts';
import { checkTrailer } from './answer-head.ts';
import { badAnswer } from './broken-exchange.ts';

/** Most bytes of what is said beside the data: by one chunk in its extension, or after the last one in trailers. */
const MOST_BESIDE = 16_384;
/** Sizes of more digits are no whole numbers any more. */
const MOST_DIGITS = 13;

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

const QUOTED = String.raw`"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"`;
const EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)+$`);

type Place = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer';

/** Reads a body that comes in chunks (RFC 9112, 7.1), wherever those were cut. */
export class ChunkedBody {
  /** Whether the last chunk has come, and what follows it. */
  done = false;
  /** Where in the bytes that were read last the chunks' data is. */
  from = 0;
  to = 0;
  #place: Place = 'size';
  /** Bytes of this chunk that have yet to come. */
  #left = 0;
  #digits = 0;
  #line = '';
  #beside = 0;

  /**
   * Reads from `at` to `end`, or to where the body ends, and gathers the data of all chunks there in one piece, in place: a
   * stream's events are chunks of their own, and whoever takes them one by one pays for each.
   * @returns where the reading ended
   * @throws BrokenExchange `BAD_ANSWER`
   */
  read(bytes: Buffer, at: number, end: number): number {
    this.from = at;
    this.to = at;
    while (at < end && !this.done)
      at = this.#place === 'data' ? this.#data(bytes, at, end) : this.#next(bytes, at, end);
    return at;
  }

  #data(bytes: Buffer, at: number, end: number): number {
    const to = Math.min(at + this.#left, end);
    if (this.from === this.to) {
      this.from = at;
      this.to = to;
    } else {
      bytes.copyWithin(this.to, at, to);
      this.to += to - at;
    }
    this.#left -= to - at;
    if (this.#left === 0) this.#place = 'data-cr';
    return to;
  }

  #next(bytes: Buffer, at: number, end: number): number {
    const byte = bytes[at]!;
    switch (this.#place) {
      case 'size':
        return this.#size(byte) ? at + 1 : at;
      case 'size-lf':
        this.#expect(byte, LF);
        this.#digits = 0;
        this.#place = this.#left > 0 ? 'data' : 'trailer';
        return at + 1;
      case 'data-cr':
        this.#expect(byte, CR);
        this.#place = 'data-lf';
        return at + 1;
      case 'data-lf':
        this.#expect(byte, LF);
        this.#place = 'size';
        return at + 1;
      default:
        return this.#beyond(bytes, at, end);
    }
  }

  /** Whether the byte is of the size, or ends it. */
  #size(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#left = this.#left * 16 + digit;
      if (++this.#digits > MOST_DIGITS) throw badAnswer('a chunk is too long');
      return true;
    }
    if (this.#digits === 0 || (byte !== CR && byte !== SEMICOLON))
      throw badAnswer('the size of a chunk is no number');
    this.#place = byte === CR ? 'size-lf' : 'extension';
    return byte === CR;
  }

  /** Reads on in an extension or a trailer, which are lines that nobody wants. */
  #beyond(bytes: Buffer, at: number, end: number): number {
    const found = bytes.indexOf(LF, at);
    const to = found === -1 || found >= end ? end : found + 1;
    this.#beside += to - at;
    if (this.#beside > MOST_BESIDE) throw badAnswer('too much is said beside the chunks');
    this.#line += bytes.toString('latin1', at, to);
    if (bytes[to - 1] !== LF) return to;
    const line = this.#line.slice(0, -2);
    if (this.#line !== `${line}\r\n`) throw badAnswer('a line beside the chunks has no proper end');
    this.#line = '';
    if (this.#place === 'extension') {
      if (!EXTENSIONS.test(line)) throw badAnswer('the extension of a chunk is none');
      this.#digits = 0;
      this.#beside = 0;
      this.#place = this.#left > 0 ? 'data' : 'trailer';
    } else if (line === '') this.done = true;
    else checkTrailer(line);
    return to;
  }

  #expect(byte: number, wanted: number): void {
    if (byte !== wanted) throw badAnswer('a chunk does not end where it should');
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
