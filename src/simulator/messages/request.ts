import type { ChatRequest } from '../chat-request.ts';
import { isObject, type Json, objectIn } from '../json.ts';
import { BAD_JSON, invalidRequest, type ProviderError } from '../provider-error.ts';

/** All that Anthropic takes: anything else it refuses. */
const KNOWN = [
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'metadata',
  'output_config',
  'service_tier',
  'cache_control',
  'container',
  'context_management',
  'mcp_servers',
];

/**
 * Reads the body of `POST /v1/messages`: the request, or the error to answer.
 * @param counts whether tokens are only to be counted, for which nothing limits the answer
 */
export function readMessagesRequest(body: string, counts: boolean): ChatRequest | ProviderError {
  const value = objectIn(body);
  if (value === undefined) return BAD_JSON;
  const { model, messages, max_tokens: maxTokens, stream, system } = value;
  const unknown = Object.keys(value).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return invalidRequest(`${unknown}: Extra inputs are not permitted`);
  if (typeof model !== 'string' || model === '') return invalidRequest('model: Field required');
  if (typeof maxTokens !== 'number' && !counts) return invalidRequest('max_tokens: Field required');
  if (!Array.isArray(messages)) return invalidRequest('messages: Field required');
  if (messages.length === 0) return invalidRequest('messages: at least one message is required');
  const texts: string[] = [];
  addTexts(system, texts);
  for (const [index, message] of messages.entries()) {
    if (!isObject(message) || !['user', 'assistant'].includes(String(message.role)))
      return invalidRequest(`messages.${index}.role: Input should be 'user' or 'assistant'`);
    if (typeof message.content !== 'string' && !Array.isArray(message.content))
      return invalidRequest(`messages.${index}.content: Field required`);
    addTexts(message.content, texts);
  }
  const tool = firstTool(value);
  return {
    model,
    texts,
    stream: stream === true,
    streamOptions: false,
    includeUsage: true,
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(tool !== undefined && { tool }),
  };
}

function addTexts(content: unknown, texts: string[]): void {
  if (typeof content === 'string') texts.push(content);
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (!isObject(block)) continue;
    if (typeof block.text === 'string') texts.push(block.text);
    if (block.type === 'tool_result') addTexts(block.content, texts);
  }
}

function firstTool({ tools, tool_choice: choice }: Json): string | undefined {
  const { type, name } = isObject(choice) ? choice : {};
  if (!Array.isArray(tools) || type === 'none') return undefined;
  const [first] = tools as unknown[];
  const named = type === 'tool' ? name : isObject(first) && first.name;
  return typeof named === 'string' ? named : undefined;
}
