import type { Usage } from '../../usage.ts';
import { countOf } from '../json.ts';

/** Reads OpenAI's `usage`; undefined where it is missing or no usage: unknown is not zero. */
export function readUsage(usage: unknown): Usage | undefined {
  if (usage === null || typeof usage !== 'object') return undefined;
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = usage as {
    [name: string]: unknown;
  };
  const [inputTokens, outputTokens] = [countOf(prompt_tokens), countOf(completion_tokens)];
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const { cached_tokens, cache_write_tokens } = (prompt_tokens_details ?? {}) as { [name: string]: unknown };
  const [cached, written] = [countOf(cached_tokens), countOf(cache_write_tokens)];
  const reasoning = countOf(
    (completion_tokens_details as { reasoning_tokens?: unknown } | null | undefined)?.reasoning_tokens,
  );
  return {
    inputTokens,
    outputTokens,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheCreationTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}
