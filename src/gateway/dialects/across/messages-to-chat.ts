import type { Body } from '../endpoint.ts';
import { wordOf } from '../json.ts';
import { cannotSay, listOf, objectOf, type Part, partsOf } from './parts.ts';

/** What is Anthropic's own: it has another name in a chat completion, or none. */
const ANTHROPICS = [
  'system',
  'max_tokens',
  'stop_sequences',
  'top_k',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'container',
  'context_management',
  'service_tier',
  'metadata',
  'tool_choice',
  'inference_geo',
  'speed',
];

/**
 * A message's request as a chat completion's. What only tunes the answer and has no counterpart is left out (`top_k`,
 * `thinking`, marks of the cache, …); what the caller could not do without is not.
 * @throws CallError where something cannot be said.
 */
export function chatFromMessages(body: Body): Body {
  if (listOf(body.mcp_servers).length > 0) throw cannotSay('mcp_servers', 'OpenAI');
  const request = Object.fromEntries(Object.entries(body).filter(([name]) => !ANTHROPICS.includes(name)));
  const { user_id } = objectOf(body.metadata);
  const { format = body.output_format } = objectOf(body.output_config);
  const { type, schema } = objectOf(format);
  if (body.max_tokens !== undefined) request.max_completion_tokens ??= body.max_tokens;
  if (body.stop_sequences !== undefined) request.stop ??= body.stop_sequences;
  if (typeof user_id === 'string') request.user ??= user_id;
  if (type === 'json_schema') {
    request.response_format ??= { type, json_schema: { name: 'answer', schema } };
  }
  const tools = listOf(body.tools);
  if (tools.length > 0) Object.assign(request, { tools: tools.map(toolFrom) }, choiceFrom(body.tool_choice));
  const system = textOf(body.system);
  const instructions = system === '' ? [] : [{ role: 'system', content: system }];
  return { ...request, messages: [...instructions, ...listOf(body.messages).flatMap(messagesFrom)] };
}

function messagesFrom({ role, content }: Body): Body[] {
  if (typeof content === 'string') return [{ role, content }];
  const parts = partsOf(content);
  if (role === 'assistant') return [saidFrom(parts)];
  const results = parts.filter(({ type }) => type === 'tool_result');
  const rest = parts.filter(({ type }) => type !== 'tool_result');
  return [
    ...results.map(({ tool_use_id, content }) => ({
      role: 'tool',
      tool_call_id: tool_use_id,
      content: textOf(content),
    })),
    ...(rest.length > 0 ? [{ role, content: rest.map(partFrom) }] : []),
  ];
}

/** What the assistant said before. Its thoughts are for Anthropic's models only. */
function saidFrom(parts: readonly Part[]): Body {
  const said = parts.filter(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  const calls = said
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input ?? {}) },
    }));
  const text = textOf(said.filter(({ type }) => type !== 'tool_use'));
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** @throws CallError where a content is not text alone. */
function textOf(content: unknown): string {
  return partsOf(content)
    .map(({ type, text }) => {
      if (type !== 'text') throw cannotSay(`content of type ${wordOf(type)} in this place`, 'OpenAI');
      return wordOf(text);
    })
    .join('\n\n');
}

function partFrom({ type, text, source, title }: Part): Body {
  if (type === 'text') return { type, text };
  const { type: kind, url, media_type, data } = objectOf(source);
  const dataUrl = `data:${wordOf(media_type)};base64,${wordOf(data)}`;
  if (type === 'image' && kind === 'url') return { type: 'image_url', image_url: { url } };
  if (type === 'image' && kind === 'base64') return { type: 'image_url', image_url: { url: dataUrl } };
  if (type === 'document' && kind === 'text') return { type: 'text', text: data };
  if (type === 'document' && kind === 'base64') {
    const filename = typeof title === 'string' ? title : 'document.pdf';
    return { type: 'file', file: { filename, file_data: dataUrl } };
  }
  throw cannotSay(`content of type ${wordOf(type)}`, 'OpenAI');
}

function toolFrom(tool: Body): Body {
  const { type = 'custom', name, description, input_schema, strict } = tool;
  if (type === 'function') return tool;
  if (type !== 'custom') throw cannotSay(`a tool of type ${wordOf(type)}`, 'OpenAI');
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: input_schema,
      ...(strict !== undefined && { strict }),
    },
  };
}

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', any: 'required' };

function choiceFrom(choice: unknown): Body {
  const { type, name, disable_parallel_tool_use } = objectOf(choice);
  if (type === undefined) return {};
  const tool_choice = type === 'tool' ? { type: 'function', function: { name } } : CHOICES[wordOf(type)];
  return { tool_choice, ...(disable_parallel_tool_use === true && { parallel_tool_calls: false }) };
}
