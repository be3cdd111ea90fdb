import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request that has come whole, of `POST` over HTTP/1.1. */
export interface WholeRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly complete: true;
  readonly body: Buffer;
}

/** What a caller asks; a body that has not come with it is read as that of `node:http`. */
export type CallerRequest = IncomingMessage | WholeRequest;

/** Bytes of an answer that goes out in one piece with its head; a longer one is not worth copying. */
export const ONE_PIECE = 16 * 1024;

/** What a caller is answered over: of `node:http`'s response what the gateway uses. It emits `drain`, and `close` when it is over; errors say nothing more. */
export interface CallerResponse extends EventEmitter {
  readonly headersSent: boolean;
  /** Whether the connection is gone. */
  readonly destroyed: boolean;
  /** Whether all has been written. */
  readonly writableEnded: boolean;
  /** Whether all that was written is on its way to the caller. */
  readonly writableFinished: boolean;
  /** @throws Error where a header has what no header may have. */
  writeHead(status: number, headers?: Record<string, string | number>): this;
  /** Returns whether more may be written before `drain`. */
  write(bytes: Buffer | string): boolean;
  end(data?: Buffer | string, encoding?: BufferEncoding): unknown;
  /** Cuts the connection. */
  destroy(): unknown;
}
