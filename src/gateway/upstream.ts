import { Pool } from 'undici';
import { checkHost, guardedLookup } from './addresses.ts';
import type { Ending } from './deadline.ts';
import type { Dialect, Headers } from './dialects/endpoint.ts';
import { exchange, type UpstreamResponse } from './exchange.ts';
import type { ProviderKeys } from './keys.ts';
import type { BackendTarget, ProviderTarget } from './table.ts';

export interface Upstream {
  /**
   * Sends a call to a backend, as the endpoint says that it is spoken.
   * @throws what undici throws where no answer comes, and why `until` ended where it did.
   */
  send(
    backend: BackendTarget,
    body: string,
    until: Ending,
    spoken: { path: string; headers: Headers },
  ): Promise<UpstreamResponse>;
  /** The same of any JSON to a path under the provider's base URL, `/embeddings` for one. */
  post(
    provider: ProviderTarget,
    path: string,
    body: string,
    until: Ending,
    headers?: Headers,
  ): Promise<UpstreamResponse>;
  close(): Promise<void>;
}

/** Connections to one provider at most; more calls wait for one. Each open stream takes one. */
const MOST_CONNECTIONS = 8_192;

/**
 * One pool of kept-alive connections for each provider's origin. A redirect is an answer like any other: it would take
 * the key to another host.
 */
export function upstream(keys: ProviderKeys): Upstream {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    let pool = pools.get(origin);
    if (pool === undefined) {
      checkHost(origin);
      // The call's own clock ends it: see `attempt.ts`.
      const limits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 };
      pool = new Pool(origin, {
        connections: MOST_CONNECTIONS,
        pipelining: 1,
        ...limits,
        connect: { lookup: guardedLookup },
      });
      pools.set(origin, pool);
    }
    return pool;
  };

  const post: Upstream['post'] = (provider, path, body, until, passed) => {
    const request = {
      method: 'POST' as const,
      path: provider.basePath + path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'user-agent': 'sluice',
        ...passed,
        ...keyHeaders(provider.dialect, keys.keyFor(provider)),
      },
      body,
    };
    return exchange(poolOf(provider.origin), request, until);
  };

  return {
    post,
    send: ({ provider }, body, until, { path, headers }) => post(provider, path, body, until, headers),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** What a provider is told of who calls. */
function keyHeaders(dialect: Dialect, key: string | undefined): Record<string, string> {
  if (key === undefined) return {};
  return dialect === 'Anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}
