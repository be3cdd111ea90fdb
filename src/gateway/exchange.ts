import type { IncomingHttpHeaders } from 'node:http';
import { atEndOfTurn } from '../lib/turn.ts';
import type { Ending } from './deadline.ts';
import type { Connection, Exchanged } from './http/client/connection.ts';
import type { Pool } from './http/client/pool.ts';
import { type Flow, Incoming, type IncomingBody } from './incoming.ts';

/** What a provider answered, headers first; the body has yet to be read. */
export interface UpstreamResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingBody;
}

/**
 * One request over `pool`, until the head of its answer has come.
 * @param request all of it, as `requestText` makes it
 * @throws BrokenExchange or the system's error where no answer comes, and why `until` ended where it did; so does the body
 * after that.
 */
export function exchange(
  pool: Pick<Pool, 'begin' | 'takeBack'>,
  request: string | Buffer,
  until: Ending,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    const exchanged = new Exchange(pool, request, until, resolve, reject);
    atEndOfTurn(() => {
      if (until.ended() === undefined) pool.begin(exchanged);
    });
  });
}

/** It is the body's flow itself: a connection goes on to others when the answer has come, whatever is still read of it. */
class Exchange implements Exchanged, Flow {
  readonly request: string | Buffer;
  readonly #pool: Pick<Pool, 'takeBack'>;
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (why: Error) => void;
  #forget = () => {};
  /** While it has one of its own. */
  #connection: Connection | undefined;
  #body: Incoming | undefined;

  constructor(
    pool: Pick<Pool, 'takeBack'>,
    request: string | Buffer,
    until: Ending,
    resolve: (response: UpstreamResponse) => void,
    reject: (why: Error) => void,
  ) {
    this.request = request;
    this.#pool = pool;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#forget = until.onEnd((why) => this.abort(why));
  }

  onStart(connection: Connection): void {
    this.#connection = connection;
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#body = new Incoming(this);
    this.#resolve({ status, headers, body: this.#body });
  }

  onData(chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onEnd(): void {
    this.#connection = undefined;
    this.#forget();
    this.#body?.end();
  }

  onError(why: Error): void {
    this.#connection = undefined;
    this.#forget();
    this.#reject(why);
    this.#body?.break(why);
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  abort(why: Error): void {
    if (this.#connection !== undefined) return this.#connection.close(why);
    this.#pool.takeBack(this);
    this.onError(why);
  }
}
