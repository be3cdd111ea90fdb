import type { Body } from '../endpoint.ts';

/**
 * Parameters of a revision or a backend as Anthropic names them. What a release says in OpenAI's words holds for callers
 * of messages too; what has another name or form in Anthropic's is renamed, and all else is as it was.
 */
export function anthropicParameters(parameters: Body): Body {
  const { max_completion_tokens, stop, ...rest } = parameters;
  const named: Body = rest;
  if (max_completion_tokens !== undefined) named.max_tokens ??= max_completion_tokens;
  if (stop !== undefined) named.stop_sequences ??= Array.isArray(stop) ? stop : [stop];
  return named;
}
