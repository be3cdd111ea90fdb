import type { Usage } from '../../usage.ts';
import { countOf } from '../json.ts';

/** Anthropic's `usage`, of which a stream tells parts. */
export interface MessageUsage {
  input_tokens?: unknown;
  output_tokens?: unknown;
  cache_read_input_tokens?: unknown;
  cache_creation_input_tokens?: unknown;
  output_tokens_details?: { thinking_tokens?: unknown } | null;
}

/**
 * Reads Anthropic's `usage`, whose input tokens are those alone that were neither read from the cache nor written to it.
 * Undefined where it is missing or no usage: unknown is not zero.
 */
export function readUsage(usage: MessageUsage | null | undefined): Usage | undefined {
  const [fresh, outputTokens] = [countOf(usage?.input_tokens), countOf(usage?.output_tokens)];
  if (fresh === undefined || outputTokens === undefined) return undefined;
  const read = countOf(usage?.cache_read_input_tokens);
  const written = countOf(usage?.cache_creation_input_tokens);
  const thinking = countOf(usage?.output_tokens_details?.thinking_tokens);
  return {
    inputTokens: fresh + (read ?? 0) + (written ?? 0),
    outputTokens,
    ...(read !== undefined && { cachedInputTokens: read }),
    ...(written !== undefined && { cacheCreationTokens: written }),
    ...(thinking !== undefined && { reasoningTokens: thinking }),
  };
}

/** The usage so far and what a later event says: its counts are totals, and null where it says nothing. */
export function laterUsage(before: MessageUsage, said: MessageUsage): MessageUsage {
  const told = Object.entries(said).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(told) };
}
