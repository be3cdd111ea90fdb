import { type AnswerHead, readHead } from './answer-head.ts';
import { BrokenExchange, badAnswer } from './broken-exchange.ts';
import { ChunkedBody } from './chunked-body.ts';

/** Hears the parts of an answer, in order. */
export interface AnswerParts {
  head(head: AnswerHead): void;
  /** A part of the body, in memory of its own. */
  data(chunk: Buffer): void;
  /** @param keptMs how long the connection may wait for another request, in ms; 0 where it is not to be used again */
  end(keptMs: number): void;
}

/** Longest head of an answer, in bytes. */
const MOST_HEAD = 16_384;
const HEAD_END = '\r\n\r\n';

/**
 * Reads one answer after another from the bytes of a connection, wherever those are cut. It is strict: what could be read in
 * two ways is refused, since what takes the end of an answer for elsewhere gives one caller the answer of another.
 */
export class AnswerParser {
  readonly #parts: AnswerParts;
  #place: 'nowhere' | 'head' | 'counted' | 'chunked' | 'closed' = 'nowhere';
  /** What has come of a head that is cut. */
  #begun = '';
  /** Bytes of a counted body that have yet to come. */
  #left = 0;
  #keptMs = 0;
  #chunks: ChunkedBody | undefined;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** A request goes out: its answer comes next. */
  expect(): void {
    this.#place = 'head';
  }

  /**
   * Takes the first `end` bytes, which may be overwritten.
   * @throws BrokenExchange `BAD_ANSWER`; nothing more can be read then
   */
  push(bytes: Buffer, end: number): void {
    let at = 0;
    // What follows an answer is no part of another; its connection has been said to be of no more use.
    do at = this.#next(bytes, at, end);
    while (at < end && this.#place !== 'nowhere');
  }

  /**
   * The connection has ended.
   * @throws BrokenExchange `CONNECTION_CLOSED` where that is not the end of the answer
   */
  finish(): void {
    if (this.#place !== 'closed') throw new BrokenExchange('CONNECTION_CLOSED', 'other side closed');
    this.#end(0);
  }

  #next(bytes: Buffer, at: number, end: number): number {
    switch (this.#place) {
      case 'head':
        return this.#head(bytes, at, end);
      case 'chunked':
        return this.#chunked(bytes, at, end);
      case 'nowhere':
        throw badAnswer('something came that nobody asked for');
      default:
        return this.#plain(bytes, at, end);
    }
  }

  #head(bytes: Buffer, at: number, end: number): number {
    const before = this.#begun.length;
    const text = this.#begun + bytes.toString('latin1', at, Math.min(end, at + MOST_HEAD + HEAD_END.length));
    const length = text.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
    if (length > MOST_HEAD || (length === -1 && text.length >= MOST_HEAD + HEAD_END.length))
      throw badAnswer(`the head is longer than ${MOST_HEAD} bytes`);
    if (length === -1) {
      this.#begun = text;
      return end;
    }
    this.#begun = '';
    this.#start(readHead(text.slice(0, length)), at + length + HEAD_END.length - before === end);
    return at + length + HEAD_END.length - before;
  }

  /** @param last whether nothing has come after the head */
  #start(head: AnswerHead, last: boolean): void {
    const { status, ends, keptMs } = head;
    if (status === 101) throw badAnswer('the answer goes on in another protocol');
    // What is said before the answer, such as 103, is no answer.
    if (status < 200 && keptMs > 0) return;
    if (status < 200) throw badAnswer('the connection ends before the answer');
    this.#keptMs = keptMs;
    this.#parts.head(head);
    if (ends === 0) return this.#end(last ? keptMs : 0);
    this.#place = ends === 'chunked' || ends === 'closed' ? ends : 'counted';
    if (ends === 'chunked') this.#chunks = new ChunkedBody();
    else if (ends !== 'closed') this.#left = ends;
  }

  #plain(bytes: Buffer, at: number, end: number): number {
    const to = this.#place === 'counted' ? Math.min(at + this.#left, end) : end;
    this.#left -= to - at;
    this.#parts.data(copyOf(bytes, at, to));
    if (this.#place === 'counted' && this.#left === 0) this.#end(to === end ? this.#keptMs : 0);
    return to;
  }

  #chunked(bytes: Buffer, at: number, end: number): number {
    const chunks = this.#chunks!;
    const to = chunks.read(bytes, at, end);
    if (chunks.to > chunks.from) this.#parts.data(copyOf(bytes, chunks.from, chunks.to));
    if (chunks.done) this.#end(to === end ? this.#keptMs : 0);
    return to;
  }

  #end(keptMs: number): void {
    this.#place = 'nowhere';
    this.#chunks = undefined;
    this.#parts.end(keptMs);
  }
}

function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}
