import type { PriceList } from '../cost/price.ts';
import { loadPriceList, mayBeListed } from '../cost/price-list.ts';
import { type Log, messageOf, silentLog } from '../lib/log.ts';
import type { Source } from '../store/store.ts';

/** The prices that providers list, loaded once a provider is there that the list may know. */
export interface ListedPrices {
  current(): PriceList | undefined;
  /** Loads them where they are wanted now. Never rejects: without them costs are unknown. */
  load(): Promise<void>;
}

export function listedPrices(source: Source, log: Log = silentLog): ListedPrices {
  let list: PriceList | undefined;
  let failed = false;
  return {
    current: () => list,
    async load() {
      if (list !== undefined || failed) return;
      const wanted = source
        .list('ModelProvider')
        .some(({ spec, invalid }) => invalid === undefined && mayBeListed(spec.baseURL));
      if (!wanted) return;
      try {
        list = await loadPriceList(new Date());
        log.info({ prices: list.version }, 'models without pricesPerMillion cost what their providers list');
      } catch (error) {
        failed = true;
        log.warn({ error: messageOf(error) }, 'the price table cannot be loaded');
      }
    },
  };
}
