import type { Rule } from './rule.ts';

/**
 * OpenAI's `usage` object as JSON.
 * @param texts the prompt's, counted at four characters a token and four tokens a text
 * @param said tokens of the answer
 */
export function usageJson(usage: Rule['usage'], texts: readonly string[], said: number): string {
  let characters = 0;
  for (const text of texts) characters += text.length;
  const prompt = Math.round(usage.multiplier * (Math.ceil(characters / 4) + 4 * texts.length));
  const reasoning = Math.round(usage.multiplier * usage.reasoning);
  const completion = Math.round(usage.multiplier * said) + reasoning;
  const cached = Math.floor(prompt * usage.cached);
  return (
    `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion},` +
    `"prompt_tokens_details":{"cached_tokens":${cached},"audio_tokens":0},` +
    `"completion_tokens_details":{"reasoning_tokens":${reasoning},"audio_tokens":0,` +
    '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
  );
}
