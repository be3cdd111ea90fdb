import { type Log, silentLog } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import { failureLog } from './failure-log.ts';
import { providerKeys } from './keys.ts';
import type { ProviderTarget } from './table.ts';
import type { TryOptions } from './tries.ts';
import { type Upstream, upstream as upstreamPools } from './upstream.ts';

/** Connections to providers and their keys, for who asks them without being a gateway. */
export interface Way {
  options: TryOptions & { upstream: Upstream };
  /** Has the provider's key at hand; says in words what to do where there is none. */
  missingKey(provider: ProviderTarget): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Providers whose keys are kept at hand. */
const MOST_PROVIDERS = 256;

export function wayToProviders(source: Source, log: Log = silentLog): Way {
  const keys = providerKeys(source, log);
  const upstream = upstreamPools(keys);
  /** The latest asked is the last. */
  const held = new Map<string, ProviderTarget>();

  return {
    options: { log, keys, upstream, withoutUsage: new Set<string>(), unreachable: failureLog(log) },
    async missingKey(provider) {
      const { namespace, name, origin, secret } = provider;
      if (secret === undefined) return undefined;
      const id = [namespace, name, origin, secret.name, secret.key].join(' ');
      held.delete(id);
      held.set(id, provider);
      for (const oldest of held.keys()) {
        if (held.size <= MOST_PROVIDERS) break;
        held.delete(oldest);
      }
      await keys.hold([...held.values()]);
      if (keys.keyFor(provider) !== undefined) return undefined;
      return `the key of provider ${name} is missing or unusable; ${source.secretRemedy(namespace, secret.name, secret.key)}`;
    },
    async close() {
      keys.stop();
      await upstream.close();
    },
  };
}
