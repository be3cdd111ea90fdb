import { timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from '../lib/hmac.ts';
import { CallError } from './errors.ts';

/** A revision that answered, in the split that its call was drawn from. */
export interface Answered {
  uid: string;
  attempt: number;
  weight: number;
  revision: string;
}

/** What a token says of a call. */
export interface TokenOfCall {
  id: string;
  /** When the call began, in whole seconds since 1970. */
  at: number;
  /** What the caller named, and the route under it where that was a prompt; none where feedback would be of no revision. */
  answered: readonly Answered[];
  /** Present where what is said of the answer does not tell how these revisions do: see `CallCache.isEvidence`. */
  noEvidence?: true;
}

/**
 * The value of `x-sluice-call`: says which revisions answered, so that feedback that comes days later, to whichever
 * replica has the same key, is counted where the call was. It is signed and not secret.
 */
export interface CallTokens {
  sign(call: TokenOfCall): string;
  /** @throws CallError where it is no token, was not signed with this key, or is older than 7 days. */
  read(token: string, now: Date): TokenOfCall;
}

const VERSION = 1;
/** Bytes of a key at least: as many as the hash has, beyond which none helps. */
export const LEAST_KEY_BYTES = 32;
const LONGEST = 4096;
const KEPT_S = 7 * 24 * 3600;
/** Payload and HMAC-SHA256, both base64url. */
const FORM = /^([\w-]+)\.([\w-]{43})$/;

/** @throws RangeError where the key is too short. */
export function callTokens(key: Uint8Array): CallTokens {
  if (key.length < LEAST_KEY_BYTES)
    throw new RangeError(`the feedback key has ${key.length} bytes; give at least ${LEAST_KEY_BYTES}`);
  const macOf = hmacSha256(key);

  return {
    sign({ id, at, answered, noEvidence }) {
      const releases = answered.map(({ uid, attempt, weight, revision }) => [uid, attempt, weight, revision]);
      const said = [VERSION, id, at, releases, ...(noEvidence ? [1] : [])];
      const payload = Buffer.from(JSON.stringify(said)).toString('base64url');
      return `${payload}.${macOf(payload)}`;
    },

    read(token, now) {
      const [, payload, mac] = (token.length <= LONGEST && FORM.exec(token)) || [];
      if (payload === undefined || mac === undefined)
        throw invalid('is no token; send the value of the header x-sluice-call as it came');
      if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(payload))))
        throw invalid('was changed, or signed with a key that this gateway does not have');
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Payload;
      const [version, id, at, releases, noEvidence] = said;
      if (version !== VERSION) throw invalid('was signed by another version of the gateway');
      if (now.getTime() / 1000 - at > KEPT_S)
        throw new CallError('expired_call_token', 'call is older than 7 days', 'call');
      const answered = releases.map(([uid, attempt, weight, revision]) => ({
        uid,
        attempt,
        weight,
        revision,
      }));
      return { id, at, answered, ...(noEvidence === 1 && { noEvidence: true as const }) };
    },
  };
}

type Payload = [
  version: number,
  id: string,
  at: number,
  releases: [string, number, number, string][],
  noEvidence?: 1,
];

function invalid(why: string): CallError {
  return new CallError('invalid_call_token', `call ${why}`, 'call');
}
