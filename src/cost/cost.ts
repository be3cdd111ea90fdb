import type { Price, Rates } from './price.ts';

/** Tokens of one call. Those read from the cache and those written to it are parts of the input. */
export interface TokensUsed {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens?: number;
  cacheCreationTokens?: number;
}

/** What a call costs, in millionths of a USD; undefined where tokens or price are unknown, which is not nothing. */
export function costOf(price: Price | undefined, used: TokensUsed | undefined): number | undefined {
  if (price === undefined || used === undefined) return undefined;
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheCreationTokens = 0 } = used;
  const rates = ratesAt(price, inputTokens);
  // A provider that reports more of it cached than there is must not make the call cheaper than free.
  if (rates.output === undefined && outputTokens > 0) return undefined;
  const cached = Math.min(cachedInputTokens, inputTokens);
  const written = Math.min(cacheCreationTokens, inputTokens - cached);
  return (
    (inputTokens - cached - written) * rates.input +
    cached * rates.cachedInput +
    written * (rates.cacheWrite ?? rates.input) +
    outputTokens * (rates.output ?? 0)
  );
}

const ratesAt = (price: Price, inputTokens: number): Rates =>
  price.above?.findLast((tier) => inputTokens > tier.inputTokens) ?? price;
