import { CallError } from '../../errors.ts';
import type { Body, PromptParts } from '../endpoint.ts';
import { instructionsOf } from '../prompt-parts.ts';

/** What a chat completion's request alone has. */
const OF_CHATS = [
  'max_completion_tokens',
  'max_tokens',
  'reasoning_effort',
  'verbosity',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'n',
];

/**
 * A request with the parameters of chat completions under the names that responses have for them; those that have none are
 * left out. A release's parameters hold for whichever endpoint is called.
 * @throws CallError where it asks for an answer that is not waited for: the gateway could not account for it.
 */
export function responsesRequest(body: Body): Body {
  if (body.background === true)
    throw new CallError('invalid_request', 'background is not served', 'background');
  const request = Object.fromEntries(Object.entries(body).filter(([name]) => !OF_CHATS.includes(name)));
  const { max_completion_tokens, max_tokens = max_completion_tokens, reasoning_effort, verbosity } = body;
  if (max_tokens !== undefined) request.max_output_tokens = max_completion_tokens ?? max_tokens;
  if (reasoning_effort !== undefined)
    request.reasoning = { ...(body.reasoning as Body | undefined), effort: reasoning_effort };
  if (verbosity !== undefined) request.text = { ...(body.text as Body | undefined), verbosity };
  return request;
}

/**
 * Puts a prompt around a caller's input. Instructions go where each turn has its own; what else the prompt says goes before
 * the first turn only, since later ones go on from there.
 */
export function place(rest: Body, { around, parameters, responseSchema, tools }: PromptParts): Body {
  const own = inputOf(rest.input);
  const { instructions, messages } = instructionsOf(around, own);
  if (typeof rest.instructions === 'string' && rest.instructions !== '') instructions.push(rest.instructions);
  const goesOn = rest.previous_response_id != null || rest.conversation != null;
  const placed: Body = { ...rest, ...parameters };
  if (!goesOn && messages.length > own.length) placed.input = messages;
  if (instructions.length > 0) placed.instructions = instructions.join('\n\n');
  if (responseSchema !== undefined && answerForm(placed) == null) {
    const format = { type: 'json_schema', name: 'answer', schema: responseSchema };
    placed.text = { ...(placed.text as Body | undefined), format };
  }
  if (tools.length > 0) {
    const flat = tools.map(toolFrom);
    placed.tools = Array.isArray(rest.tools) ? [...flat, ...rest.tools] : flat;
  }
  return placed;
}

export function answerForm({ text }: Body): { type?: unknown } | null | undefined {
  return ((text ?? {}) as { format?: { type?: unknown } | null }).format;
}

function inputOf(input: unknown): readonly unknown[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  throw new CallError('invalid_request', 'input must be a text or a list', 'input');
}

/** Chat completions hold arguments to a schema strictly only where they are asked to; responses, where not asked not to. */
function toolFrom(tool: unknown): unknown {
  const { type, function: declared } = (tool ?? {}) as Body & { function?: Body };
  return type === 'function' && declared !== undefined ? { strict: false, ...declared, type } : tool;
}
