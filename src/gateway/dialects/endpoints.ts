import { countTokens, messages } from './anthropic/messages.ts';
import type { Endpoint } from './endpoint.ts';
import { chat } from './openai/chat.ts';
import { embeddings } from './openai/embeddings.ts';
import { responses } from './openai/responses.ts';

/** The endpoints for calls of models, by path. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
  '/v1/embeddings': embeddings,
  '/v1/messages': messages,
  '/v1/messages/count_tokens': countTokens,
};
