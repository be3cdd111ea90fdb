import { outputSchema } from '../anthropic/output-schema.ts';
import { anthropicTool } from '../anthropic/tool.ts';
import type { Body } from '../endpoint.ts';
import { blocksOf, conversationOf } from './chat-to-blocks.ts';
import { cannotSay, isObject, listOf, objectOf } from './parts.ts';

/** Anthropic wants a limit; this one every model of theirs takes. */
const DEFAULT_MAX_TOKENS = 4096;

/** Parameters that are Anthropic's own, or the same there: a backend may set them. */
const SAME = [
  'model',
  'stream',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'cache_control',
  'container',
  'context_management',
  'mcp_servers',
  'stop_sequences',
];

/**
 * A chat completion's request as a message of Anthropic's. What only tunes the answer and has no counterpart is left out
 * (`seed`, penalties, `reasoning_effort`, …); what the caller could not do without is not.
 * @throws CallError where something cannot be said.
 */
export function messagesFromChat(body: Body): Body {
  refuse(body);
  const { system, messages } = conversationOf(listOf(body.messages));
  const request: Body = { max_tokens: body.max_completion_tokens ?? body.max_tokens ?? DEFAULT_MAX_TOKENS };
  for (const name of SAME) {
    if (body[name] !== undefined && body[name] !== null) request[name] = body[name];
  }
  const form = formOf(body.response_format);
  if (form.format !== undefined) {
    request.output_config = { ...objectOf(request.output_config), format: form.format };
  }
  if (form.said !== undefined) system.push({ type: 'text', text: form.said });
  if (body.system !== undefined) system.unshift(...blocksOf(body.system));
  if (system.length > 0) request.system = system;
  // OpenAI's goes up to 2.
  if (typeof body.temperature === 'number') request.temperature = Math.min(body.temperature, 1);
  if (body.stop != null) request.stop_sequences = Array.isArray(body.stop) ? body.stop : [body.stop];
  const user = body.safety_identifier ?? body.user;
  if (typeof user === 'string') request.metadata = { user_id: user };
  const tools = listOf(body.tools);
  if (tools.length > 0) {
    request.tools = tools.map(toolFrom);
    const choice = choiceFrom(body.tool_choice, body.parallel_tool_calls);
    if (choice !== undefined) request.tool_choice = choice;
  }
  return { ...request, messages };
}

function refuse(body: Body): void {
  const wanted = [
    [typeof body.n === 'number' && body.n > 1, 'n > 1'],
    [body.logprobs === true, 'logprobs'],
    [listOf(body.functions).length > 0, 'functions'],
    [Array.isArray(body.modalities) && body.modalities.includes('audio'), 'audio'],
    [isObject(body.web_search_options), 'web_search_options'],
  ] as const;
  const [, name] = wanted.find(([is]) => is) ?? [];
  if (name !== undefined) throw cannotSay(name, 'Anthropic');
}

function formOf(format: unknown): { format?: Body; said?: string } {
  const { type, json_schema } = objectOf(format);
  if (type === 'json_schema') {
    return { format: { type, schema: outputSchema(objectOf(objectOf(json_schema).schema)) } };
  }
  return type === 'json_object' ? { said: 'Answer with one JSON object and nothing else.' } : {};
}

function toolFrom(tool: Body): unknown {
  if (tool.type === 'custom') throw cannotSay('a custom tool', 'Anthropic');
  return anthropicTool(tool);
}

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any' };

function choiceFrom(choice: unknown, parallel: unknown): Body | undefined {
  const once = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice == null) return parallel === false ? { type: 'auto', ...once } : undefined;
  if (typeof choice === 'string') {
    const type = CHOICES[choice] ?? 'auto';
    return { type, ...(type !== 'none' && once) };
  }
  const { name } = objectOf(objectOf(choice).function);
  if (typeof name !== 'string') throw cannotSay('this tool_choice', 'Anthropic');
  return { type: 'tool', name, ...once };
}
