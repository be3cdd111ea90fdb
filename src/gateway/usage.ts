/** Tokens as the provider reports them. Cached and reasoning tokens are parts of the totals. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens?: number;
  reasoningTokens?: number;
}
