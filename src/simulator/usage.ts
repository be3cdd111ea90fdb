import type { Rule } from './rule.ts';

/** Tokens of one call. Cached and reasoning tokens are parts of the totals. */
export interface TokenCounts {
  usage: Rule['usage'];
  prompt: number;
  cached: number;
  reasoning: number;
  completion: number;
}

/**
 * Counts the tokens of a call.
 * @param texts the prompt's, counted at four characters a token and four tokens a text
 * @param said tokens of the answer
 */
export function countTokens(usage: Rule['usage'], texts: readonly string[], said: number): TokenCounts {
  let characters = 0;
  for (const text of texts) characters += text.length;
  const prompt = Math.round(usage.multiplier * (Math.ceil(characters / 4) + 4 * texts.length));
  const reasoning = Math.round(usage.multiplier * usage.reasoning);
  const completion = Math.round(usage.multiplier * said) + reasoning;
  return { usage, prompt, cached: Math.floor(prompt * usage.cached), reasoning, completion };
}

/** OpenAI's `usage` object as JSON. */
export function usageJson({ prompt, cached, reasoning, completion }: TokenCounts): string {
  return (
    `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion},` +
    `"prompt_tokens_details":{"cached_tokens":${cached},"audio_tokens":0},` +
    `"completion_tokens_details":{"reasoning_tokens":${reasoning},"audio_tokens":0,` +
    '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
  );
}
