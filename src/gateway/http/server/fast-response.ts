import { EventEmitter } from 'node:events';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HEADER_VALUE, TOKEN } from '../../../lib/http-header.ts';
import { type CallerResponse, ONE_PIECE } from './caller.ts';
import { httpDate } from './http-date.ts';

/** A header as it goes out: what would begin another, or the body, is in none. */
const SOUND = new RegExp(`^${TOKEN}: ${HEADER_VALUE}\r\n$`);

/** What an answer has to know of its connection, and the connection of it. */
export interface Answering {
  /** How long a connection is kept without a call, in ms. */
  idleMs: number;
  /** Whether no further call is taken over it. */
  last: () => boolean;
  /** All has been written. */
  ended: () => void;
  /** All that was written is on its way to the caller. */
  done: () => void;
}

/** An answer over a connection that `node:http` has nothing to do with. */
export class FastResponse extends EventEmitter implements CallerResponse {
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  /** Whether the connection is closed after it. */
  closes = false;
  readonly #socket: Socket;
  readonly #answering: Answering;
  /** What of the head has not been written yet. */
  #head = '';
  #chunked = false;
  #corked = false;

  constructor(socket: Socket, answering: Answering) {
    super();
    this.#socket = socket;
    this.#answering = answering;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  writeHead(status: number, headers: Record<string, string | number> = {}): this {
    if (this.headersSent) throw new Error('the head of an answer has been written already');
    let lines = '';
    let framed = status === 204 || status === 304;
    for (const name in headers) {
      if (name === 'content-length') framed = true;
      const line = `${name}: ${headers[name]}\r\n`;
      if (!SOUND.test(line)) throw new TypeError('a header of an answer has letters that no header may have');
      lines += line;
    }
    this.closes = this.#answering.last();
    this.#chunked = !framed;
    const kept = this.closes
      ? 'close'
      : `keep-alive\r\nkeep-alive: timeout=${Math.floor(this.#answering.idleMs / 1000)}`;
    this.#head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines}${
      framed ? '' : 'transfer-encoding: chunked\r\n'
    }date: ${httpDate()}\r\nconnection: ${kept}\r\n\r\n`;
    this.headersSent = true;
    return this;
  }

  write(data: Buffer | string): boolean {
    if (this.writableEnded || this.destroyed) return false;
    this.#cork();
    const bytes = bytesOf(data);
    const head = this.#takeHead();
    // An empty chunk would be the last.
    if (bytes.length === 0) return head === '' || this.#socket.write(head, 'latin1');
    return this.#socket.write(this.#chunked ? chunkOf(head, bytes, '') : pieceOf(head, bytes));
  }

  end(data?: Buffer | string, encoding: BufferEncoding = 'utf8'): this {
    if (this.writableEnded) return this;
    this.writableEnded = true;
    if (this.destroyed) return this;
    const head = this.#takeHead();
    if (this.#chunked)
      this.#socket.write(chunkOf(head, bytesOf(data ?? '', encoding), LAST_CHUNK), this.#written);
    else if (data === undefined) this.#socket.write(head, 'latin1', this.#written);
    else if (encoding === 'latin1' && typeof data === 'string') {
      this.#socket.write(head + data, 'latin1', this.#written);
    } else this.#endWith(head, bytesOf(data, encoding));
    this.#answering.ended();
    return this;
  }

  destroy(): this {
    // Once it is over the connection is another's.
    if (!this.writableFinished) this.#socket.destroy();
    return this;
  }

  #endWith(head: string, bytes: Buffer): void {
    if (bytes.length <= ONE_PIECE) this.#socket.write(pieceOf(head, bytes), this.#written);
    else {
      this.#cork();
      if (head !== '') this.#socket.write(head, 'latin1');
      this.#socket.write(bytes, this.#written);
    }
  }

  readonly #written = (error?: Error | null): void => {
    if (error) return;
    this.writableFinished = true;
    this.#answering.done();
    this.emit('close');
  };

  /** Holds back what is written until this turn's promises have been kept, so that it goes out at once. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #takeHead(): string {
    if (!this.headersSent) this.writeHead(200);
    const head = this.#head;
    this.#head = '';
    return head;
  }
}

const LAST_CHUNK = '0\r\n\r\n';

function bytesOf(data: Buffer | string, encoding: BufferEncoding = 'utf8'): Buffer {
  return typeof data === 'string' ? Buffer.from(data, encoding) : data;
}

/** Head and bytes, one after the other. */
function pieceOf(head: string, bytes: Buffer): Buffer {
  if (head === '') return bytes;
  const piece = Buffer.allocUnsafe(head.length + bytes.length);
  piece.write(head, 0, 'latin1');
  bytes.copy(piece, head.length);
  return piece;
}

/** The same, with the bytes as a chunk of a body whose length nobody knows yet. */
function chunkOf(head: string, bytes: Buffer, tail: string): Buffer {
  if (bytes.length === 0) return Buffer.from(head + tail, 'latin1');
  const before = `${head}${bytes.length.toString(16)}\r\n`;
  const piece = Buffer.allocUnsafe(before.length + bytes.length + 2 + tail.length);
  piece.write(before, 0, 'latin1');
  bytes.copy(piece, before.length);
  piece.write(`\r\n${tail}`, before.length + bytes.length, 'latin1');
  return piece;
}
