import type { ModelPrice } from '@pydantic/genai-prices';
import type { Price, PriceList, Rates } from './price.ts';

/** The release of the price table that is installed with this version. */
export const PRICE_LIST_VERSION = 'genai-prices 0.1.8';

/**
 * The prices that providers list, from the table of `@pydantic/genai-prices`; nothing is fetched. It takes some 60 ms and
 * 20 MB to load, so whoever needs no price does not load it.
 * @param at the day whose prices hold
 */
export async function loadPriceList(at: Date): Promise<PriceList> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices');
  return {
    version: PRICE_LIST_VERSION,
    priceOf(baseURL, model) {
      const { origin } = new URL(baseURL);
      const provider = findProvider({ providerApiUrl: origin });
      // The table's patterns are open at their end: api.openai.com.example.org is somebody else.
      if (provider === undefined || !new RegExp(`^(?:${provider.api_pattern})$`).test(origin))
        return undefined;
      const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { provider, timestamp: at });
      if (found === null) return undefined;
      const { prices } = found.model;
      const byHour = Array.isArray(prices) && prices.some((each) => each.constraint?.type === 'time_of_date');
      return byHour ? undefined : priceFrom(found.model_price);
    },
  };
}

/** Undefined where a call costs more than its tokens do, or input has no price. */
function priceFrom(listed: ModelPrice): Price | undefined {
  if (Object.keys(listed).some((key) => key.startsWith('requests'))) return undefined;
  const base = ratesAbove(listed, -1);
  if (base === undefined) return undefined;
  const starts = Object.values(listed).flatMap((price) =>
    typeof price === 'object' ? price.tiers.map(({ start }) => start) : [],
  );
  const above = [...new Set(starts)]
    .sort((a, b) => a - b)
    .map((inputTokens) => ({ inputTokens, ...ratesAbove(listed, inputTokens)! }));
  return above.length === 0 ? base : { ...base, above };
}

function ratesAbove(listed: ModelPrice, inputTokens: number): Rates | undefined {
  const at = (key: string): number | undefined => {
    const price = listed[key];
    if (typeof price !== 'object') return price;
    return price.tiers.findLast(({ start }) => start <= inputTokens)?.price ?? price.base;
  };
  const [input, output] = [at('input_mtok'), at('output_mtok')];
  if (input === undefined) return undefined;
  const cacheWrite = at('cache_write_mtok');
  return {
    input,
    cachedInput: at('cache_read_mtok') ?? input,
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(output !== undefined && { output }),
  };
}

/** Whether the list may know a provider: it has no prices of what is spoken to without TLS. */
export const mayBeListed = (baseURL: string): boolean => baseURL.startsWith('https://');
