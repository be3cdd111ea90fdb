import { keyProblem } from '../api/provider-key.ts';
import { type Log, messageOf } from '../lib/log.ts';
import type { Source } from '../store/store.ts';
import type { ProviderTarget, Table } from './table.ts';

export interface ProviderKeys {
  /** The key of a provider: undefined where it needs none or none has been found that can be sent. Bound to the provider's origin. */
  keyFor(provider: ProviderTarget): string | undefined;
  /** Reads the keys of providers that are new in `table`; those that are gone are forgotten later. Resolves when read. */
  follow(table: Table): Promise<void>;
  /** The same of these providers, for who has no table. */
  hold(providers: readonly ProviderTarget[]): Promise<void>;
  /** The provider said that the key is wrong: it may have been renewed. */
  refused(provider: ProviderTarget): void;
  stop(): void;
}

const REFRESH_MS = 60_000;
const AFTER_REFUSAL_MS = 30_000;

/** Keeps providers' keys in memory, and nowhere else: not in a log, not in an error. */
export function providerKeys(
  source: Pick<Source, 'secret' | 'secretRemedy'>,
  log: Log,
  now = () => performance.now(),
): ProviderKeys {
  const known = new Map<string, { provider: ProviderTarget; value?: string; readAt: number }>();
  let wanted = new Map<string, ProviderTarget>();

  const read = async (id: string, provider: ProviderTarget): Promise<void> => {
    const { namespace, name, secret } = provider;
    if (secret === undefined) return;
    const before = known.get(id);
    known.set(id, { ...before, provider, readAt: now() });
    try {
      const value = await source.secret(namespace, secret.name, secret.key);
      const problem = value === undefined ? 'is missing' : keyProblem(value);
      if (problem !== undefined) {
        const remedy = source.secretRemedy(namespace, secret.name, secret.key);
        log.warn({ provider: `${namespace}/${name}` }, `its key ${problem}; ${remedy}`);
        return;
      }
      if (known.has(id)) known.set(id, { provider, value: value!, readAt: now() });
    } catch (error) {
      log.warn({ provider: `${namespace}/${name}`, error: messageOf(error) }, 'its key could not be read');
    }
  };

  const timer = setInterval(() => {
    for (const [id, { provider }] of known) {
      // Calls under way may need the key still of a provider that has just gone.
      if (wanted.has(id)) void read(id, provider);
      else known.delete(id);
    }
  }, REFRESH_MS);
  timer.unref();

  const want = async (providers: Map<string, ProviderTarget>): Promise<void> => {
    wanted = providers;
    const unread = [...wanted].filter(([id]) => !known.has(id));
    await Promise.all(unread.map(([id, provider]) => read(id, provider)));
  };

  return {
    keyFor: (provider) => known.get(idOf(provider))?.value,
    follow: (table) => want(providersOf(table)),
    hold: (providers) =>
      want(new Map(providers.filter(({ secret }) => secret !== undefined).map((each) => [idOf(each), each]))),
    refused(provider) {
      const id = idOf(provider);
      const readAt = known.get(id)?.readAt ?? 0;
      if (now() - readAt >= AFTER_REFUSAL_MS) void read(id, provider);
    },
    stop: () => clearInterval(timer),
  };
}

/** The providers of a table stay the same objects: no id is made for each call. */
const ids = new WeakMap<ProviderTarget, string>();

/** A key belongs to one Secret and one host: whoever changes the host gets no key read for another. */
function idOf(provider: ProviderTarget): string {
  let id = ids.get(provider);
  if (id === undefined) {
    const { namespace, name, origin, secret } = provider;
    id = `${namespace}/${name}/${secret?.name}/${secret?.key}@${origin}`;
    ids.set(provider, id);
  }
  return id;
}

function providersOf(table: Table): Map<string, ProviderTarget> {
  const found = new Map<string, ProviderTarget>();
  for (const entry of table.entries.values()) {
    if (entry.kind !== 'ModelRoute') continue;
    for (const arm of [entry.stable, entry.candidate]) {
      for (const { provider } of arm?.backends ?? []) {
        if (provider.secret !== undefined) found.set(idOf(provider), provider);
      }
    }
  }
  return found;
}
