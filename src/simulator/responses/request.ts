import type { ChatRequest } from '../chat-request.ts';
import { isObject, type Json, missing, objectIn } from '../json.ts';
import { BAD_JSON, invalidRequest, type ProviderError } from '../provider-error.ts';

/** All that OpenAI takes here: anything else it refuses. */
const KNOWN = [
  'model',
  'input',
  'instructions',
  'previous_response_id',
  'conversation',
  'max_output_tokens',
  'metadata',
  'stream',
  'stream_options',
  'store',
  'temperature',
  'top_p',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'include',
  'truncation',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
];

/** Reads the body of `POST /v1/responses`: the request, or the error to answer. @param isKnown of an answer given before */
export function readResponsesRequest(
  body: string,
  isKnown: (id: string) => boolean,
): ChatRequest | ProviderError {
  const value = objectIn(body);
  if (value === undefined) return BAD_JSON;
  const { model, input, instructions, previous_response_id: before, max_output_tokens: maxTokens } = value;
  const unknown = Object.keys(value).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    return invalidRequest(`Unknown parameter: '${unknown}'.`, { param: unknown, code: 'unknown_parameter' });
  if (typeof model !== 'string' || model === '') return missing('model');
  if (typeof input !== 'string' && !Array.isArray(input)) return missing('input');
  if (before != null && !isKnown(String(before))) {
    const message = `Previous response with id '${String(before)}' not found.`;
    return invalidRequest(message, { param: 'previous_response_id', code: 'previous_response_not_found' });
  }
  const texts: string[] = [];
  if (typeof instructions === 'string') texts.push(instructions);
  addTexts(input, texts);
  const tool = firstTool(value);
  return {
    model,
    texts,
    stream: value.stream === true,
    streamOptions: false,
    includeUsage: true,
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(tool !== undefined && { tool }),
  };
}

function addTexts(content: unknown, texts: string[]): void {
  if (typeof content === 'string') texts.push(content);
  if (!Array.isArray(content)) return;
  for (const part of content) {
    if (!isObject(part)) continue;
    if (typeof part.text === 'string') texts.push(part.text);
    addTexts(part.content, texts);
  }
}

function firstTool({ tools, tool_choice: choice }: Json): string | undefined {
  if (!Array.isArray(tools) || choice === 'none') return undefined;
  const named = isObject(choice) ? choice : (tools[0] as unknown);
  return isObject(named) && named.type === 'function' && typeof named.name === 'string'
    ? named.name
    : undefined;
}
