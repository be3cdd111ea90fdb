import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CallError } from '../errors.ts';

export const CHAIN_HEADER = 'x-sluice-chain';

/**
 * The chain that a caller says its call belongs to.
 * @throws CallError 400 where it is longer than 128 characters, or holds others than visible ASCII.
 */
export function chainIn(headers: IncomingHttpHeaders): string | undefined {
  const given = headers[CHAIN_HEADER];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given)) return given;
  throw new CallError(
    'invalid_request',
    `${CHAIN_HEADER} must be one word of at most 128 characters of ASCII`,
  );
}

/** Names a chain of a caller's without saying either: callers may use the same words, and never the same chain. */
export const chainKey = (caller: string, chain: string): string =>
  createHash('sha256').update(`${caller}\0${chain}`).digest('base64url');
