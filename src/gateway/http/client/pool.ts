import type { LookupFunction } from 'node:net';
import { atEndOfTurn, turnsEnded } from '../../../lib/turn.ts';
import { BrokenExchange } from './broken-exchange.ts';
import { Connection, type Exchanged, type Keeper } from './connection.ts';
import { type Destination, destinationOf } from './open-socket.ts';

/** How often free connections are looked at, in ms. */
const SWEEP_MS = 1_000;

/** Connections to one origin, which are kept and used again, the last used first, so that what is too many grows old. */
export class Pool implements Keeper {
  session: Buffer | undefined;
  readonly #destination: Destination;
  readonly #most: number;
  readonly #connections = new Set<Connection>();
  /** The last used last; those that have closed are left out when they are met. */
  #free: Connection[] = [];
  /** Those that came free in the turn that is under way, or the one of `#freedIn`. */
  #freed: Connection[] = [];
  #freedIn = -1;
  readonly #waiting = new Set<Exchanged>();
  #servesSoon = false;
  #sweep: NodeJS.Timeout | undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  /**
   * @param most open connections at most; more exchanges wait for one, in their order
   * @param lookup resolves the origin's name for each connection
   */
  constructor(origin: string, most: number, lookup: LookupFunction) {
    this.#destination = destinationOf(origin, lookup);
    this.#most = most;
  }

  /** What requests say in `host`. */
  get host(): string {
    return this.#destination.authority;
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Gives a connection to an exchange, now or when there is one. At the end of a turn only (see `atEndOfTurn`): by then a
   * free connection that its server has closed is known to be closed, as far as that has arrived.
   */
  begin(exchanged: Exchanged): void {
    if (this.#closed !== undefined) return exchanged.onError(poolClosed());
    const free = this.#waiting.size === 0 ? this.#take() : undefined;
    if (free !== undefined) return free.begin(exchanged);
    this.#waiting.add(exchanged);
    this.#serve();
  }

  /** Takes an exchange back that still waits for a connection. */
  takeBack(exchanged: Exchanged): void {
    this.#waiting.delete(exchanged);
  }

  /** Breaks all off that is under way; resolves when every socket is closed. */
  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      clearTimeout(this.#sweep);
      for (const exchanged of this.#waiting) exchanged.onError(poolClosed());
      this.#waiting.clear();
      for (const connection of this.#connections) connection.close(poolClosed());
      if (this.size === 0) this.#closed.resolve();
    }
    await this.#closed.promise;
  }

  freed(connection: Connection): void {
    if (turnsEnded() !== this.#freedIn) this.#settle();
    this.#freedIn = turnsEnded();
    this.#freed.push(connection);
    this.#sweep ??= setTimeout(() => this.#lookAtFree(), SWEEP_MS).unref();
    this.#serveSoon();
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#closed === undefined) this.#serve();
    else if (this.size === 0) this.#closed.resolve();
  }

  /** Gives connections to those that wait, as far as there are any. */
  #serve(): void {
    for (const exchanged of this.#waiting) {
      const free = this.#take();
      // Each that has just come free is as good as given to one that waits.
      if (free === undefined && (this.size >= this.#most || this.#waiting.size <= this.#freed.length)) break;
      this.#waiting.delete(exchanged);
      try {
        (free ?? this.#open()).begin(exchanged);
      } catch (error) {
        exchanged.onError(error as Error);
      }
    }
    if (this.#waiting.size > 0 && this.#freed.length > 0) this.#serveSoon();
  }

  #serveSoon(): void {
    if (this.#servesSoon) return;
    this.#servesSoon = true;
    atEndOfTurn(() => {
      this.#servesSoon = false;
      this.#serve();
    });
  }

  #open(): Connection {
    const connection = new Connection(this.#destination, this);
    this.#connections.add(connection);
    return connection;
  }

  /** A free connection that may be used. */
  #take(): Connection | undefined {
    if (turnsEnded() > this.#freedIn + 1) this.#settle();
    for (let each = this.#free.pop(); each !== undefined; each = this.#free.pop()) {
      if (each.isClosed) continue;
      if (each.freeUntil > performance.now()) return each;
      each.close(idle());
    }
    return undefined;
  }

  /**
   * A connection that has just come free is used from the next turn on: many a server closes one after its answer without a
   * word, and of that is heard by then.
   */
  #settle(): void {
    if (this.#freed.length === 0) return;
    this.#free.push(...this.#freed);
    this.#freed = [];
  }

  #lookAtFree(): void {
    this.#sweep = undefined;
    this.#settle();
    const now = performance.now();
    this.#free = this.#free.filter((each) => {
      if (each.isClosed) return false;
      if (each.freeUntil > now) return true;
      each.close(idle());
      return false;
    });
    for (const each of this.#free) each.rest();
    if (this.#free.length > 0) this.#sweep = setTimeout(() => this.#lookAtFree(), SWEEP_MS).unref();
  }
}

const idle = () => new BrokenExchange('CONNECTION_CLOSED', 'nobody needed the connection');
const poolClosed = () => new BrokenExchange('POOL_CLOSED', 'the connections were closed');
