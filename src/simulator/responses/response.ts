import type { Frame } from '../completion.ts';
import type { Form } from '../form.ts';
import { type Reply, splitTokens } from '../reply.ts';

/** The id of a response, from that of its call. */
export const responseId = (id: string): string => id.replace('chatcmpl-', 'resp_');

/** OpenAI's form of responses. */
export const responseForm: Form = {
  usage: ({ prompt, cached, reasoning, completion }) =>
    JSON.stringify({
      input_tokens: prompt,
      input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
      output_tokens: completion,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: prompt + completion,
    }),

  plain: (frame, reply, usage) => JSON.stringify(whole(frame, reply, usage)),

  events(frame, reply, usage) {
    const response = whole(frame, reply, usage);
    const begun = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
    const [item] = response.output;
    let sequence_number = -1;
    const event = (type: string, fields: object): string => {
      sequence_number += 1;
      return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`;
    };
    const at = { item_id: item!.id, output_index: 0, content_index: 0 };
    const { kind, said } = saidIn(reply);
    const empty = kind === 'call' ? { ...item, arguments: '' } : { ...item, content: [] };
    const part =
      kind === 'refusal'
        ? { type: 'refusal', refusal: '' }
        : { type: 'output_text', text: '', annotations: [] };
    const chunks = [
      event('response.created', { response: begun }) + event('response.in_progress', { response: begun }),
      event('response.output_item.added', { output_index: 0, item: empty }) +
        (kind === 'call' ? '' : event('response.content_part.added', { ...at, part })),
      ...splitTokens(said).map((delta) => event(DELTAS[kind], { ...at, delta })),
      event('response.output_item.done', { output_index: 0, item }),
    ];
    return { chunks, closing: event(`response.${response.status}`, { response }) };
  },

  error: (error) => error,
  errorEvent({ body }) {
    const { message, code } = (JSON.parse(body) as { error: { message: string; code: string | null } }).error;
    return `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 99, code, message, param: null })}\n\n`;
  },
};

const DELTAS = {
  text: 'response.output_text.delta',
  refusal: 'response.refusal.delta',
  call: 'response.function_call_arguments.delta',
};

const CUT: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

function whole({ id, created, model }: Frame, reply: Reply, usage: string | undefined) {
  const reason = CUT[reply.finish];
  return {
    id: responseId(id),
    object: 'response',
    created_at: created,
    status: reason === undefined ? 'completed' : 'incomplete',
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model,
    output: [itemOf(id, reply)],
    ...(usage !== undefined && { usage: JSON.parse(usage) as object }),
  };
}

/** What a reply says, from OpenAI's chat form. */
function saidIn({ message }: Reply) {
  const { content, refusal, tool_calls } = JSON.parse(message) as {
    content: string | null;
    refusal: string | null;
    tool_calls?: [{ id: string; function: { name: string; arguments: string } }];
  };
  if (tool_calls !== undefined)
    return { kind: 'call' as const, said: tool_calls[0].function.arguments, call: tool_calls[0] };
  return refusal === null
    ? { kind: 'text' as const, said: content ?? '' }
    : { kind: 'refusal' as const, said: refusal };
}

function itemOf(id: string, reply: Reply) {
  const { kind, said, call } = saidIn(reply);
  const status = 'completed';
  if (call !== undefined) {
    const { name, arguments: args } = call.function;
    const item = { type: 'function_call', id: id.replace('chatcmpl-', 'fc_'), call_id: call.id };
    return { ...item, name, arguments: args, status };
  }
  const part =
    kind === 'refusal'
      ? { type: 'refusal', refusal: said }
      : { type: 'output_text', text: said, annotations: [], logprobs: [] };
  return { type: 'message', id: id.replace('chatcmpl-', 'msg_'), role: 'assistant', status, content: [part] };
}
