/** How long a free connection is kept where the server does not say, in ms. */
export const KEPT_MS = 30_000;
/** Longest that one is kept, whatever the server says. */
const MOST_KEPT_MS = 600_000;
/** By so much sooner than the server closes it, since a request may be under way by then. */
const MARGIN_MS = 2_000;

const TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,9})(?!\d)/i;

/** How long a free connection may be kept by what the server says in `Keep-Alive`, in ms; 0 where it may not. */
export function keptMs(keepAlive: string | undefined): number {
  const seconds = keepAlive === undefined ? undefined : TIMEOUT.exec(keepAlive)?.[1];
  if (seconds === undefined) return KEPT_MS;
  return Math.min(Math.max(Number(seconds) * 1_000 - MARGIN_MS, 0), MOST_KEPT_MS);
}
