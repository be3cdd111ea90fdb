/** What callers may ask of the gateway at most. Times in ms. */
export interface CallerLimits {
  /** Longest wait for the whole head of a request, from its first byte or from when its connection was opened. */
  headersMs: number;
  /** Longest wait for a whole request, head and body. */
  requestMs: number;
  /** How often requests that take too long are looked for. */
  checkMs: number;
  /** Longest wait for a caller to take an answer that has been written to its end. */
  takingMs: number;
  /** How long a connection without a call is kept. */
  idleMs: number;
  /** Connections at a time; what comes beyond is closed at once. */
  connections: number;
  /** Calls that one connection may have under way. */
  pipelined: number;
}

export const CALLER_LIMITS: CallerLimits = {
  headersMs: 20_000,
  requestMs: 60_000,
  checkMs: 5_000,
  takingMs: 60_000,
  idleMs: 75_000,
  connections: 20_000,
  pipelined: 16,
};
