import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { Caller } from '../callers/caller.ts';
import type { CallRequest } from '../dialects/endpoint.ts';
import { ENDPOINTS } from '../dialects/endpoints.ts';
import { type Draw, partsOf } from '../draw.ts';
import type { CallSecrets } from '../privacy/secrets.ts';
import type { BackendTarget, PromptEntry, RouteEntry } from '../table.ts';

/** What a caller asked. */
export interface AskedCall extends Pick<CallRequest, 'endpoint' | 'body' | 'headers'> {
  entry: PromptEntry | RouteEntry;
  caller: Caller;
}

/** What one backend would be sent for a call. */
export interface SentCall {
  draw: Draw;
  backend: BackendTarget;
  /** In the endpoint's form, with what is private redacted. */
  sent: Readonly<Record<string, unknown>>;
  secrets?: CallSecrets | undefined;
}

/** Names calls for the cache: by hashes under a key of this process alone, from which nothing can be read or guessed. */
export interface CacheKeys {
  /** The same where the same caller asks the same of the same release, whichever revision is to answer. */
  asked(call: AskedCall): string;
  /** The same where the same revisions would send the same to the same backend, and the same would be put back. */
  sent(call: SentCall): string;
}

const PATHS = new Map(Object.entries(ENDPOINTS).map(([path, endpoint]) => [endpoint, path]));

/** @param key drawn anew for each process */
export function cacheKeys(key: Uint8Array = randomBytes(32)): CacheKeys {
  const secret = createSecretKey(key);
  const nameOf = (...parts: unknown[]): string =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');

  return {
    asked: ({ entry, caller, endpoint, headers, body }) =>
      nameOf('asked', entry.uid, caller.name, caller.namespaces, PATHS.get(endpoint), headers, body),
    sent({ draw, backend, sent, secrets }) {
      const revisions = partsOf(draw).map(({ entry, revision }) => [entry.uid, revision]);
      const { price: _, ...target } = backend;
      const originals = secrets === undefined ? [] : [...secrets.vault.values];
      return nameOf('sent', revisions, draw.route.entry.privacy?.says, target, originals, sent);
    },
  };
}
