import { laterUsage, type MessageUsage, readUsage } from '../anthropic/messages-usage.ts';
import type { Body, EventTranslator, SentRequest } from '../endpoint.ts';
import { parseObject, wordOf } from '../json.ts';
import { asksForUsage } from '../openai/usage-flag.ts';
import { isObject, listOf, objectOf } from './parts.ts';

/** Why a message ended, as a chat completion says it. A refusal cuts what has been said by then, as a filter does. */
const FINISHED: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};
const finishOf = (reason: unknown): string => FINISHED[wordOf(reason)] ?? 'stop';

/** A message of Anthropic's as a chat completion. What the model thought is left out. */
export function completionFromMessage(bytes: Buffer): string {
  const message = parseObject<Body>(bytes.toString('utf8')) ?? {};
  const blocks = listOf(message.content);
  const text = blocks.map((block) => (block.type === 'text' ? wordOf(block.text) : '')).join('');
  const calls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input ?? {}) },
    }));
  const said = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const finish_reason = finishOf(message.stop_reason);
  return JSON.stringify({
    ...headOf(message, 'chat.completion'),
    choices: [{ index: 0, message: said, logprobs: null, finish_reason }],
    ...usageOf(objectOf(message.usage)),
  });
}

/** An error of Anthropic's as OpenAI writes it. */
export function chatError(_status: number, bytes: Buffer): string {
  return errorFrom(parseObject<Body>(bytes.toString('utf8')));
}

function errorFrom(body: Body | undefined): string {
  const { message = 'the provider failed', type = 'api_error' } = objectOf(body?.error);
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}

/** The events of a message as chunks of a chat completion. */
export function chunksFromEvents({ body }: SentRequest): EventTranslator {
  let head: Body = headOf({}, 'chat.completion.chunk');
  let usage: MessageUsage = {};
  let ended = false;
  /** Calls of tools by the index of their block, in the order in which they began. */
  const calls = new Map<unknown, { index: number; said: boolean }>();

  const chunk = (delta: Body, finish_reason: string | null = null): string =>
    dataOf({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  const callPart = (block: unknown, args: string): string => {
    const call = calls.get(block);
    if (call === undefined || args === '') return '';
    call.said = true;
    return chunk({ tool_calls: [{ index: call.index, function: { arguments: args } }] });
  };
  const end = (): string => {
    if (ended) return '';
    ended = true;
    const told = asksForUsage(body) ? usageOf(usage) : {};
    const last = 'usage' in told ? dataOf({ ...head, choices: [], ...told }) : '';
    return `${last}data: [DONE]\n\n`;
  };
  const said: Readonly<Record<string, (event: Body) => string>> = {
    message_start({ message }) {
      const begun = objectOf(message);
      head = headOf(begun, 'chat.completion.chunk');
      usage = laterUsage(usage, objectOf(begun.usage));
      return chunk({ role: 'assistant', content: '', refusal: null });
    },
    content_block_start({ index: block, content_block }) {
      const { type, id, name, text } = objectOf(content_block);
      if (type === 'text' && typeof text === 'string' && text !== '') return chunk({ content: text });
      if (type !== 'tool_use') return '';
      const index = calls.size;
      calls.set(block, { index, said: false });
      return chunk({
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
      });
    },
    content_block_delta({ index, delta }) {
      const { type, text, partial_json } = objectOf(delta);
      if (type === 'text_delta') return chunk({ content: text });
      return type === 'input_json_delta' ? callPart(index, wordOf(partial_json)) : '';
    },
    content_block_stop: ({ index }) => (calls.get(index)?.said === false ? callPart(index, '{}') : ''),
    message_delta({ delta, usage: told }) {
      usage = laterUsage(usage, objectOf(told));
      const { stop_reason } = objectOf(delta);
      return stop_reason == null ? '' : chunk({}, finishOf(stop_reason));
    },
    message_stop: end,
    error: (event) => `data: ${errorFrom(event)}\n\n`,
  };

  return {
    push(data) {
      const event = parseObject<Body>(data);
      if (event === undefined) return '';
      const type = wordOf(event.type);
      return Object.hasOwn(said, type) ? said[type]!(event) : '';
    },
    end,
  };
}

const dataOf = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

function headOf({ id, model }: Body, object: string) {
  return { id, object, created: Math.floor(Date.now() / 1000), model };
}

function usageOf(told: MessageUsage): { usage?: object } {
  const used = isObject(told) ? readUsage(told) : undefined;
  if (used === undefined) return {};
  const { inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens = 0 } = used;
  return {
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: cachedInputTokens },
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    },
  };
}
