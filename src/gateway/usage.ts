/** Tokens as the provider reports them. Cached, cache-creating and reasoning tokens are parts of the totals. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens?: number;
  /** Written to the provider's cache. */
  cacheCreationTokens?: number;
  reasoningTokens?: number;
}
