/**
 * - `CONNECT_TIMEOUT`: nobody took the connection in time.
 * - `CONNECTION_CLOSED`: the other side closed it before all of the answer had come.
 * - `BAD_ANSWER`: what came is no HTTP answer.
 * - `BAD_REQUEST`: the request cannot be said in HTTP; nothing was sent.
 * - `POOL_CLOSED`: the pool was closed first.
 */
export type BrokenCode =
  | 'CONNECT_TIMEOUT'
  | 'CONNECTION_CLOSED'
  | 'BAD_ANSWER'
  | 'BAD_REQUEST'
  | 'POOL_CLOSED';

/**
 * Why no whole answer came, where no error of the operating system says so. Its message quotes nothing of what was sent or
 * came, since it is logged.
 */
export class BrokenExchange extends Error {
  readonly code: BrokenCode;
  constructor(code: BrokenCode, message: string) {
    super(message);
    this.name = 'BrokenExchange';
    this.code = code;
  }
}

/** What is no HTTP answer, by what is wrong with it. */
export const badAnswer = (what: string): BrokenExchange => new BrokenExchange('BAD_ANSWER', what);
