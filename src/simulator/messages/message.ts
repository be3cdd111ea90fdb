import type { StreamEvents } from '../completion.ts';
import type { Form } from '../form.ts';
import { type FinishReason, type Reply, splitTokens } from '../reply.ts';
import { messageError } from './error.ts';

/** Anthropic's form of messages. */
export const messageForm: Form = {
  usage({ usage, prompt, cached, reasoning, completion }) {
    const written = Math.floor((prompt - cached) * usage.cacheCreation);
    return JSON.stringify({
      input_tokens: prompt - cached - written,
      cache_creation_input_tokens: written,
      cache_read_input_tokens: cached,
      output_tokens: completion,
      ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
    });
  },

  plain({ id, model }, reply, usage) {
    return JSON.stringify({
      ...headOf(id, model),
      content: [saidIn(reply).block],
      stop_reason: STOPPED[stopOf(reply)],
      ...(usage !== undefined && { usage: JSON.parse(usage) as object }),
    });
  },

  events({ id, model }, reply, usage) {
    const counts = JSON.parse(usage ?? '{}') as object;
    const message = { ...headOf(id, model), content: [], stop_reason: null };
    const { block, parts } = saidIn(reply);
    const [empty, deltas] =
      block.type === 'text'
        ? [{ ...block, text: '' }, parts.map((text) => ({ type: 'text_delta', text }))]
        : [
            { ...block, input: {} },
            parts.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
          ];
    const end = { stop_reason: STOPPED[stopOf(reply)], stop_sequence: null };
    return {
      chunks: [
        event({ type: 'message_start', message: { ...message, usage: { ...counts, output_tokens: 1 } } }),
        event({ type: 'content_block_start', index: 0, content_block: empty }) + event({ type: 'ping' }),
        ...deltas.map((delta) => event({ type: 'content_block_delta', index: 0, delta })),
        event({ type: 'content_block_stop', index: 0 }) +
          event({ type: 'message_delta', delta: end, ...(usage !== undefined && { usage: counts }) }),
      ],
      closing: event({ type: 'message_stop' }),
    } satisfies StreamEvents;
  },

  error: messageError,
  errorEvent: (error) => `event: error\ndata: ${messageError(error).body}\n\n`,
};

const STOPPED: Record<FinishReason | 'refusal', string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  content_filter: 'refusal',
  refusal: 'refusal',
  tool_calls: 'tool_use',
};

/** What a reply says as a block of Anthropic's, and the parts in which a stream says it. */
function saidIn({ message }: Reply) {
  const { content, refusal, tool_calls } = JSON.parse(message) as {
    content: string | null;
    refusal: string | null;
    tool_calls?: [{ id: string; function: { name: string; arguments: string } }];
  };
  if (tool_calls === undefined) {
    const text = content ?? refusal ?? '';
    return { block: { type: 'text', text }, parts: splitTokens(text) };
  }
  const [{ id, function: called }] = tool_calls;
  const use = { type: 'tool_use', id: id.replace('call_', 'toolu_'), name: called.name };
  return { block: { ...use, input: parsed(called.arguments) }, parts: splitTokens(called.arguments) };
}

function stopOf({ message, finish }: Reply): FinishReason | 'refusal' {
  return (JSON.parse(message) as { refusal: unknown }).refusal === null ? finish : 'refusal';
}

function headOf(id: string, model: string) {
  const head = { id: id.replace('chatcmpl-', 'msg_'), type: 'message', role: 'assistant', model };
  return { ...head, stop_sequence: null };
}

const event = (data: { type: string; [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

function parsed(args: string): unknown {
  try {
    return JSON.parse(args);
  } catch {
    return {};
  }
}
