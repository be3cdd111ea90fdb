import { checkHost, guardedLookup } from './addresses.ts';
import type { Ending } from './deadline.ts';
import type { Dialect, Headers } from './dialects/endpoint.ts';
import { exchange, type UpstreamResponse } from './exchange.ts';
import { Pool } from './http/client/pool.ts';
import { headerLines, requestHead, requestText } from './http/client/request-text.ts';
import type { ProviderKeys } from './keys.ts';
import type { BackendTarget, ProviderTarget } from './table.ts';

export interface Upstream {
  /**
   * Sends a call to a backend, as the endpoint says that it is spoken.
   * @throws BrokenExchange or the system's error where no answer comes, and why `until` ended where it did.
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

/** What calls to one provider have in common. */
interface Way {
  pool: Pool;
  key: string | undefined;
  /** Beginnings of requests by their path. */
  heads: Map<string, string>;
}

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
      pool = new Pool(origin, MOST_CONNECTIONS, guardedLookup);
      pools.set(origin, pool);
    }
    return pool;
  };

  // By the provider as it is in a table, so that it goes with the table.
  const ways = new WeakMap<ProviderTarget, Way>();
  const wayTo = (provider: ProviderTarget): Way => {
    const key = keys.keyFor(provider);
    let way = ways.get(provider);
    if (way === undefined || way.key !== key) {
      way = { pool: poolOf(provider.origin), key, heads: new Map() };
      ways.set(provider, way);
    }
    return way;
  };

  const post: Upstream['post'] = (provider, path, body, until, passed) => {
    const { pool, key, heads } = wayTo(provider);
    let head = heads.get(path);
    if (head === undefined) {
      head = requestHead(provider.basePath + path, pool.host, {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'user-agent': 'sluice',
        ...keyHeaders(provider.dialect, key),
      });
      heads.set(path, head);
    }
    if (passed !== undefined) head += headerLines(passed);
    return exchange(pool, requestText(head, body), until);
  };

  return {
    post,
    send: ({ provider }, body, until, { path, headers }) => post(provider, path, body, until, headers),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

/** What a provider is told of who calls. */
function keyHeaders(dialect: Dialect, key: string | undefined): Record<string, string> {
  if (key === undefined) return {};
  return dialect === 'Anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}
