import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { atEndOfTurn } from '../../../lib/turn.ts';
import type { AnswerHead } from './answer-head.ts';
import { AnswerParser, type AnswerParts } from './answer-parser.ts';
import { BrokenExchange } from './broken-exchange.ts';
import { type Destination, openSocket } from './open-socket.ts';

/** One exchange as connections see it: what is sent, and who hears the answer. It ends with `onEnd` or `onError`, once. */
export interface Exchanged {
  /** All of the request, as `requestText` makes it. */
  readonly request: string | Buffer;
  /** It has been given a connection, which is its own until it ends. */
  onStart(connection: Connection): void;
  onHead(status: number, headers: IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(why: Error): void;
}

/** Who keeps connections. */
export interface Keeper {
  /** It may be used again, until {@link Connection.freeUntil}. */
  freed(connection: Connection): void;
  /** Its socket is closed. */
  closed(connection: Connection): void;
  /** What makes the next handshake with the same server a short one; undefined where it is not to be had any more. */
  session: Buffer | undefined;
}

/** How long the other side may take to accept a connection, in ms, with the handshake. */
const CONNECT_MS = 10_000;

/**
 * A connection to a provider, for one exchange at a time. It connects when it is made, and an exchange that is given to it
 * before that waits. What breaks the connection ends its exchange; a request is never sent twice.
 */
export class Connection implements AnswerParts {
  /** Until when it may be used, on the clock of `performance.now()`; only where it is free. */
  freeUntil = 0;
  readonly #keeper: Keeper;
  readonly #socket: Socket;
  readonly #parser = new AnswerParser(this);
  readonly #connectTimer: NodeJS.Timeout;
  #connecting = true;
  #closed = false;
  #exchanged: Exchanged | undefined;
  #paused = false;
  #resting = false;

  constructor(destination: Destination, keeper: Keeper) {
    this.#keeper = keeper;
    this.#socket = openSocket(destination, (bytes, count) => this.#read(bytes, count), keeper.session);
    this.#connectTimer = setTimeout(() => this.#tookTooLong(), CONNECT_MS);
    // A key is sent to nobody whose certificate has not been looked at.
    this.#socket.once(destination.tls ? 'secureConnect' : 'connect', () => this.#connected());
    this.#socket.on('session', (session: Buffer) => {
      keeper.session = session;
    });
    this.#socket.on('error', (error) => this.close(error));
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('close', () => this.#gone());
  }

  /** Whether it can be used no more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends a request; only where the connection is free or new. */
  begin(exchanged: Exchanged): void {
    this.#exchanged = exchanged;
    exchanged.onStart(this);
    if (this.#resting) {
      this.#resting = false;
      this.#socket.ref();
    }
    if (!this.#connecting) this.#send(exchanged.request);
  }

  /** Reads no more until {@link resume}, but for what has been read. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  /** Breaks it off at once, and its exchange for this reason. */
  close(why: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#connectTimer);
    // It may be what the handshake broke at.
    if (this.#connecting) this.#keeper.session = undefined;
    this.#socket.destroy();
    const exchanged = this.#exchanged;
    this.#exchanged = undefined;
    exchanged?.onError(why);
  }

  /** Lets the process end, though this is open; until it is used again. */
  rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#socket.unref();
  }

  head({ status, headers }: AnswerHead): void {
    this.#exchanged?.onHead(status, headers);
  }

  data(chunk: Buffer): void {
    this.#exchanged?.onData(chunk);
  }

  end(keptMs: number): void {
    const exchanged = this.#exchanged;
    this.#exchanged = undefined;
    if (keptMs === 0) this.close(notUsedAgain());
    else if (this.#socket.writableLength === 0) this.#free(keptMs);
    // What TLS has written it says to be written in the next turn only, and the answer of who is quick is there by then.
    else atEndOfTurn(() => this.#free(keptMs));
    exchanged?.onEnd();
  }

  #free(keptMs: number): void {
    if (this.#closed) return;
    // An answer that came before all of the request was sent is one, but what is left of the request would go on.
    if (this.#socket.writableLength > 0) return this.close(notUsedAgain());
    if (this.#paused) this.resume();
    this.freeUntil = performance.now() + keptMs;
    this.#keeper.freed(this);
  }

  #send(request: string | Buffer): void {
    this.#parser.expect();
    if (typeof request === 'string') this.#socket.write(request, 'latin1');
    else this.#socket.write(request);
  }

  #read(bytes: Buffer, count: number): void {
    if (this.#closed) return;
    try {
      this.#parser.push(bytes, count);
    } catch (error) {
      this.close(error as Error);
    }
  }

  #connected(): void {
    if (this.#closed) return;
    this.#connecting = false;
    clearTimeout(this.#connectTimer);
    if (this.#exchanged !== undefined) this.#send(this.#exchanged.request);
  }

  #tookTooLong(): void {
    this.close(new BrokenExchange('CONNECT_TIMEOUT', `no connection within ${CONNECT_MS} ms`));
  }

  /** The other side says no more. */
  #ended(): void {
    if (this.#closed) return;
    try {
      this.#parser.finish();
    } catch (error) {
      this.close(error as Error);
    }
  }

  #gone(): void {
    this.close(new BrokenExchange('CONNECTION_CLOSED', 'other side closed'));
    this.#keeper.closed(this);
  }
}

const notUsedAgain = () => new BrokenExchange('CONNECTION_CLOSED', 'the connection is not used again');
