import { isObject, type Json, missing, objectIn } from './json.ts';
import { BAD_JSON, invalidRequest, type ProviderError } from './provider-error.ts';

/** What the simulator looks at in a request; all else is taken and ignored. */
export interface ChatRequest {
  model: string;
  /** The text of each message, and of each part of one. */
  texts: string[];
  stream: boolean;
  /** Whether `stream_options` was sent. */
  streamOptions: boolean;
  includeUsage: boolean;
  /** The caller's limit on completion tokens. */
  maxTokens?: number;
  /** Name of the first tool that may be called. */
  tool?: string;
}

/** Reads the body of a chat completion: the request, or the error to answer. */
export function readChatRequest(body: string): ChatRequest | ProviderError {
  const value = objectIn(body);
  if (value === undefined) return BAD_JSON;
  const { model, messages, stream, stream_options: options } = value;
  if (typeof model !== 'string' || model === '') return invalidRequest('you must provide a model parameter');
  if (!Array.isArray(messages)) return missing('messages');
  if (messages.length === 0) {
    const message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
    return invalidRequest(message, { param: 'messages', code: 'empty_array' });
  }
  if (stream !== true && options != null) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return invalidRequest(message, { param: 'stream_options' });
  }
  if (typeof value.n === 'number' && value.n > 1) {
    return invalidRequest('The simulator gives one choice: leave out n.', { param: 'n' });
  }
  const texts: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isObject(message) || typeof message.role !== 'string') return missing(`messages[${index}].role`);
    addTexts(message.content, texts);
  }
  const tool = firstTool(value);
  const maxTokens = value.max_completion_tokens ?? value.max_tokens;
  return {
    model,
    texts,
    stream: stream === true,
    streamOptions: options != null,
    includeUsage: isObject(options) && options.include_usage === true,
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(tool !== undefined && { tool }),
  };
}

function addTexts(content: unknown, texts: string[]): void {
  if (typeof content === 'string') texts.push(content);
  if (!Array.isArray(content)) return;
  for (const part of content) {
    if (isObject(part) && typeof part.text === 'string') texts.push(part.text);
  }
}

function firstTool({ tools, tool_choice: choice }: Json): string | undefined {
  if (!Array.isArray(tools) || choice === 'none') return undefined;
  const named = isObject(choice) ? choice : (tools[0] as unknown);
  const { function: declared } = isObject(named) ? named : {};
  return isObject(declared) && typeof declared.name === 'string' ? declared.name : undefined;
}
