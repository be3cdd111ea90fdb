import type { Socket } from 'node:net';
import type { CallerLimits } from '../../limits.ts';
import type { CallerResponse, WholeRequest } from './caller.ts';
import { type Answering, FastResponse } from './fast-response.ts';
import { type PlainHead, plainHead } from './plain-head.ts';
import { MALFORMED, refuseRaw, TOO_SLOW, type Unread } from './raw-answer.ts';

/** What a connection is asked over belongs to. */
export interface Service {
  serve: (request: WholeRequest, response: CallerResponse) => void;
  /** Gives the connection to `node:http`, which goes on with `bytes`. */
  handOver: (connection: FastConnection, bytes: Buffer) => void;
  /** Whether there is room for a call until the rest of it has come: then `waited`, or `closed`, has to follow. */
  mayWait: (connection: FastConnection) => boolean;
  waited: (connection: FastConnection) => void;
  closed: (connection: FastConnection) => void;
  /** When limits were last looked at, on the clock of `performance.now()`. */
  now: () => number;
  /** Whether no further call is taken. */
  closing: () => boolean;
  limits: CallerLimits;
}

/** What a connection waits for: its first request, the rest of one, the end of its answer, or another request. */
type State = 'fresh' | 'body' | 'call' | 'idle';

/** Bytes of further requests that are kept while a call is under way, from which on their caller has to wait. */
const MOST_AHEAD = 64 * 1024;
/** What a request begins with. Anything else sent after one ends the call, as if its caller had gone. */
const METHOD = /^[\r\n]*(?:[A-Z-]{1,20}(?: |$)|$)/;

/**
 * A connection over which calls are read without `node:http`, one after the other. As soon as something comes that is not
 * written as nearly all calls are, it is `node:http`'s from there on.
 */
export class FastConnection {
  readonly socket: Socket;
  readonly #service: Service;
  readonly #answering: Answering;
  #state: State = 'fresh';
  /** When it came to be so, up to a look at the limits too early. */
  #since: number;
  #head: PlainHead | undefined;
  /** Of the request that has yet to come whole, or of the next ones. */
  #bytes: Buffer[] = [];
  #size = 0;
  #response: FastResponse | undefined;
  #taking: NodeJS.Timeout | undefined;

  constructor(socket: Socket, service: Service) {
    this.socket = socket;
    this.#service = service;
    this.#answering = {
      idleMs: service.limits.idleMs,
      last: service.closing,
      ended: this.#onEnded,
      done: this.#onDone,
    };
    this.#since = performance.now();
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  /** Ends what has taken too long by `now`. */
  look(now: number): void {
    const { headersMs, requestMs, idleMs, checkMs } = this.#service.limits;
    const waited = now - this.#since;
    if (this.#state === 'fresh' && waited > headersMs) this.#refuse(TOO_SLOW);
    else if (this.#state === 'body' && waited > requestMs + checkMs) this.#refuse(TOO_SLOW);
    else if (this.#state === 'idle' && waited > idleMs + checkMs) this.socket.destroy();
  }

  /** Closes it, now where nothing is under way, or else after the answer; a call that has begun to come is still one. */
  close(): void {
    if (this.#state === 'fresh' || this.#state === 'idle') this.socket.destroy();
    else if (this.#response?.headersSent) this.#response.closes = true;
  }

  /** Hears nothing of its socket any more. */
  letGo(): void {
    this.socket.off('data', this.#onData);
    this.socket.off('end', this.#onEnd);
    this.socket.off('drain', this.#onDrain);
    this.socket.off('error', ignore);
    this.socket.off('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === 'call') return this.#keep(chunk);
    if (this.#state !== 'body') {
      const head = plainHead(chunk);
      if (head !== undefined && chunk.length === head.length + head.bodyLength) {
        return this.#serve(head, chunk.subarray(head.length));
      }
      if (
        head === undefined ||
        chunk.length > head.length + head.bodyLength ||
        !this.#service.mayWait(this)
      ) {
        return this.#service.handOver(this, chunk);
      }
      this.#head = head;
      this.#is('body');
    }
    this.#bytes.push(chunk);
    this.#size += chunk.length;
    const { length, bodyLength } = this.#head!;
    if (this.#size < length + bodyLength) return;
    const bytes = this.#taken();
    this.#service.waited(this);
    if (bytes.length > length + bodyLength) this.#service.handOver(this, bytes);
    else this.#serve(this.#head!, bytes.subarray(length));
  };

  #serve({ url, headers }: PlainHead, body: Buffer): void {
    this.#state = 'call';
    this.#head = undefined;
    const response = new FastResponse(this.socket, this.#answering);
    this.#response = response;
    this.#service.serve({ method: 'POST', url, httpVersion: '1.1', headers, complete: true, body }, response);
  }

  /** Of what comes while a call is under way nothing is read: `node:http` does that when the call is over. */
  #keep(chunk: Buffer): void {
    if (this.#size === 0 && !METHOD.test(chunk.toString('latin1', 0, 21))) {
      this.socket.destroy();
      return;
    }
    this.#bytes.push(chunk);
    this.#size += chunk.length;
    if (this.#size > MOST_AHEAD) this.socket.pause();
  }

  readonly #onEnded = (): void => {
    // Nearly all answers are with the kernel by now.
    if (this.socket.writableLength === 0) return;
    this.#taking = setTimeout(() => this.socket.destroy(), this.#service.limits.takingMs).unref();
  };

  readonly #onDone = (): void => {
    clearTimeout(this.#taking);
    const closes = this.#response?.closes;
    this.#response = undefined;
    if (closes) {
      // Not idle by now: a call that came in the same turn would be served, with no way left for its answer.
      this.socket.end(() => this.socket.destroy());
      return;
    }
    this.#is('idle');
    if (this.#size > 0) this.#service.handOver(this, this.#taken());
  };

  readonly #onEnd = (): void => {
    if (this.#state === 'body') this.#refuse(MALFORMED);
    else this.socket.end();
  };

  readonly #onDrain = (): void => {
    this.#response?.emit('drain');
  };

  readonly #onClose = (): void => {
    clearTimeout(this.#taking);
    this.#service.closed(this);
    this.#response?.emit('close');
  };

  #refuse(why: Unread): void {
    this.letGo();
    this.#service.closed(this);
    this.socket.on('error', ignore);
    refuseRaw(this.socket, why, this.#service.limits.takingMs);
  }

  #is(state: State): void {
    this.#state = state;
    this.#since = this.#service.now();
  }

  #taken(): Buffer {
    const bytes = this.#bytes.length === 1 ? this.#bytes[0]! : Buffer.concat(this.#bytes, this.#size);
    this.#bytes = [];
    this.#size = 0;
    return bytes;
  }
}

const ignore = (): void => {};
