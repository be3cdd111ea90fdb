import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { atEndOfTurn } from '../lib/turn.ts';
import type { Ending } from './deadline.ts';
import { Incoming, type IncomingBody } from './incoming.ts';

/** What a provider answered, headers first; the body has yet to be read. */
export interface UpstreamResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingBody;
}

/**
 * One request over `pool`, until the head of its answer has come.
 * @throws what undici throws where no answer comes, and why `until` ended where it did; so does the body after that.
 */
export function exchange(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  until: Ending,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(until, resolve, reject);
    atEndOfTurn(() => {
      if (until.ended() === undefined) pool.dispatch(request, handler);
    });
  });
}

/** By undici's own handlers, since what it makes of them costs as much as the whole exchange. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (why: Error) => void;
  readonly #forget: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: Incoming | undefined;
  #stopped: Error | undefined;

  constructor(until: Ending, resolve: (response: UpstreamResponse) => void, reject: (why: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#forget = until.onEnd((why) => this.#stop(why));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection, and is not wanted any more.
    if (this.#stopped !== undefined) controller.abort(this.#stopped);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // What is said before the answer, such as 103, is no answer.
    if (status < 200) return;
    this.#body = new Incoming(controller);
    this.#resolve({ status, headers, body: this.#body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#forget();
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#forget();
    this.#fail(this.#stopped ?? error);
  }

  #stop(why: Error): void {
    this.#stopped = why;
    this.#controller?.abort(why);
    this.#fail(why);
  }

  #fail(why: Error): void {
    this.#reject(why);
    this.#body?.break(why);
  }
}
