import { eventOf, messageError } from '../anthropic/message-error.ts';
import type { Body, EventTranslator } from '../endpoint.ts';
import { parseObject, wordOf } from '../json.ts';
import { readUsage } from '../openai/chat-usage.ts';
import { inputOf, listOf, objectOf } from './parts.ts';

/** Why a chat completion ended, as a message says it. */
const STOPPED: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
};

function stopOf(finish: unknown, calls: boolean, refused: boolean): string {
  if (refused) return 'refusal';
  // Some providers call a tool and say `stop`.
  return calls && finish === 'stop' ? 'tool_use' : (STOPPED[wordOf(finish)] ?? 'end_turn');
}

/** A chat completion as a message of Anthropic's. */
export function messageFromCompletion(bytes: Buffer): string {
  const completion = parseObject<Body>(bytes.toString('utf8')) ?? {};
  const choices = listOf(completion.choices);
  const choice = choices.find(({ index = 0 }) => index === 0) ?? choices[0] ?? {};
  const { content, refusal, tool_calls } = objectOf(choice.message);
  const calls = listOf(tool_calls).map(({ id, function: called }) => {
    const { name, arguments: args } = objectOf(called);
    return { type: 'tool_use', id, name, input: inputOf(args) };
  });
  const refused = typeof refusal === 'string' && refusal !== '';
  const text = refused ? refusal : content;
  const texts = typeof text === 'string' && text !== '' ? [{ type: 'text', text }] : [];
  return JSON.stringify({
    ...headOf(completion),
    content: [...texts, ...calls],
    stop_reason: stopOf(choice.finish_reason, calls.length > 0, refused),
    stop_sequence: null,
    usage: usageOf(completion.usage),
  });
}

/** An error of OpenAI's as Anthropic writes it. */
export function messagesError(status: number, bytes: Buffer): string {
  const { message } = objectOf(parseObject<Body>(bytes.toString('utf8'))?.error);
  return messageError(status, typeof message === 'string' ? message : 'the provider failed');
}

/** The chunks of a chat completion as events of a message. */
export function eventsFromChunks(): EventTranslator {
  let begun = false;
  let ended = false;
  let usage: unknown;
  let finish: unknown;
  let refused = false;
  let blocks = 0;
  let open: 'text' | 'tool' | undefined;
  /** Index of the block of each call, by its index in the chunks. */
  const calls = new Map<unknown, number>();

  const send = (type: string, fields: Body = {}): string =>
    eventOf(type, JSON.stringify({ type, ...fields }));
  const close = (): string => {
    if (open === undefined) return '';
    open = undefined;
    return send('content_block_stop', { index: blocks - 1 });
  };
  const start = (kind: 'text' | 'tool', content_block: Body): string => {
    const before = close();
    open = kind;
    blocks += 1;
    return before + send('content_block_start', { index: blocks - 1, content_block });
  };
  const delta = (index: number, said: Body): string => send('content_block_delta', { index, delta: said });
  const saying = (text: unknown): string => {
    if (typeof text !== 'string' || text === '') return '';
    const before = open === 'text' ? '' : start('text', { type: 'text', text: '' });
    return before + delta(blocks - 1, { type: 'text_delta', text });
  };
  const calling = (part: Body): string => {
    const { name, arguments: args } = objectOf(part.function);
    const { index = part.id ?? calls.size - 1 } = part;
    let before = '';
    if (!calls.has(index)) {
      before = start('tool', { type: 'tool_use', id: part.id, name, input: {} });
      calls.set(index, blocks - 1);
    }
    if (typeof args !== 'string' || args === '') return before;
    return before + delta(calls.get(index)!, { type: 'input_json_delta', partial_json: args });
  };
  const begin = (chunk: Body): string => {
    begun = true;
    const message = { ...headOf(chunk), content: [], stop_reason: null, stop_sequence: null };
    return send('message_start', { message: { ...message, usage: usageOf(undefined) } });
  };
  const end = (): string => {
    if (ended || !begun) return '';
    ended = true;
    const stop = { stop_reason: stopOf(finish, calls.size > 0, refused), stop_sequence: null };
    return close() + send('message_delta', { delta: stop, usage: usageOf(usage) }) + send('message_stop');
  };

  return {
    push(data) {
      if (data === '[DONE]') return end();
      const chunk = parseObject<Body>(data);
      if (chunk === undefined) return '';
      if (chunk.error != null) {
        const { message } = objectOf(chunk.error);
        return eventOf(
          'error',
          messageError(500, typeof message === 'string' ? message : 'the provider failed'),
        );
      }
      const opening = begun ? '' : begin(chunk);
      if (chunk.usage != null) usage = chunk.usage;
      const choice = listOf(chunk.choices).find(({ index = 0 }) => index === 0) ?? {};
      const { content, refusal, tool_calls } = objectOf(choice.delta);
      finish = choice.finish_reason ?? finish;
      refused ||= typeof refusal === 'string' && refusal !== '';
      return opening + saying(content) + saying(refusal) + listOf(tool_calls).map(calling).join('');
    },
    end,
  };
}

function headOf({ id, model }: Body) {
  return { id, type: 'message', role: 'assistant', model };
}

/** What the cache had is no part of Anthropic's input. Unknown counts are zero here, as the client must have numbers. */
function usageOf(told: unknown) {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0 } = readUsage(told) ?? {};
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
  };
}
