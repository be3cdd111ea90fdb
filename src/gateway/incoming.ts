/** What has come and was not taken yet, in bytes, from which on the provider has to wait. */
const MOST_WAITING = 64 * 1024;

/** How the connection that a body comes over is held up and broken off. */
export interface Flow {
  pause(): void;
  resume(): void;
  abort(why: Error): void;
}

/** The body of an answer: its chunks, to be read once and in order. */
export interface IncomingBody extends AsyncIterable<Buffer> {
  /** All of it, where it has come by now and nothing was read of it; absent where that is not known. */
  come?(): Buffer | undefined;
  /** Reads no more; the connection is closed, unless all has come. */
  destroy(): void;
}

/**
 * A body as its connection hands it over. It is no `Readable` since a plain answer is there in one piece, whose cost would be
 * that machinery's; a provider that is read slowly waits all the same.
 */
export class Incoming implements IncomingBody, AsyncIterator<Buffer, undefined> {
  readonly #flow: Flow;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #paused = false;
  #whole = false;
  #taken = false;
  #broken: Error | undefined;
  #taker:
    | { resolve: (next: IteratorResult<Buffer, undefined>) => void; reject: (why: Error) => void }
    | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Buffer): void {
    const taker = this.#taker;
    if (taker !== undefined) {
      this.#taker = undefined;
      return taker.resolve({ value: chunk, done: false });
    }
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting < MOST_WAITING || this.#paused) return;
    this.#paused = true;
    this.#flow.pause();
  }

  end(): void {
    this.#whole = true;
    this.#taker?.resolve({ value: undefined, done: true });
    this.#taker = undefined;
  }

  break(why: Error): void {
    this.#broken ??= why;
    this.#taker?.reject(why);
    this.#taker = undefined;
  }

  come(): Buffer | undefined {
    if (!this.#whole || this.#taken) return undefined;
    this.#taken = true;
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    this.#taken = true;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waiting -= chunk.length;
      if (this.#paused && this.#waiting < MOST_WAITING) {
        this.#paused = false;
        this.#flow.resume();
      }
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#whole) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.destroy();
    return Promise.resolve({ value: undefined, done: true });
  }

  destroy(): void {
    if (this.#whole || this.#broken !== undefined) return;
    this.#chunks = [];
    this.#flow.abort(new Error('the rest of the answer is not read'));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
