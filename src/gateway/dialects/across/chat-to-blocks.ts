import type { Body } from '../endpoint.ts';
import { wordOf } from '../json.ts';
import { cannotSay, dataOf, inputOf, listOf, objectOf, type Part, partsOf } from './parts.ts';

/**
 * The messages of a chat as Anthropic has them: instructions apart, and the results of tools in the user's turn that
 * follows their calls.
 */
export function conversationOf(chat: readonly Body[]): { system: Part[]; messages: Body[] } {
  const system: Part[] = [];
  const messages: { role: string; content: Part[] }[] = [];
  for (const message of chat) {
    const { role } = message;
    if (role === 'system' || role === 'developer') {
      system.push(...blocksOf(message.content));
      continue;
    }
    const speaker = role === 'assistant' ? 'assistant' : 'user';
    const content = saidBy(message);
    const last = messages.at(-1);
    if (last?.role === 'user' && speaker === 'user' && last.content.at(-1)?.type === 'tool_result') {
      last.content.push(...content);
    } else if (content.length > 0) messages.push({ role: speaker, content });
  }
  return { system, messages };
}

function saidBy(message: Body): Part[] {
  const { role, content, tool_call_id } = message;
  if (role === 'tool') {
    return [{ type: 'tool_result', tool_use_id: tool_call_id, content: blocksOf(content) }];
  }
  if (role === 'function' || message.function_call != null) throw cannotSay('function_call', 'Anthropic');
  const calls = listOf(message.tool_calls).map(({ id, function: called }) => {
    const { name, arguments: args } = objectOf(called);
    return { type: 'tool_use', id, name, input: inputOf(args) };
  });
  return [...blocksOf(content), ...calls];
}

/** The parts of a content as blocks. Texts that say nothing are left out, since Anthropic refuses them. */
export function blocksOf(content: unknown): Part[] {
  return partsOf(content).flatMap((part): Part[] => {
    const { type, text, refusal, cache_control } = part;
    const marked = cache_control == null ? {} : { cache_control };
    if (type === 'text' || type === 'refusal') {
      const said = text ?? refusal;
      return said === '' ? [] : [{ type: 'text', text: said, ...marked }];
    }
    if (type === 'image_url') {
      const { url } = objectOf(part.image_url);
      return [{ type: 'image', source: sourceOf(wordOf(url)), ...marked }];
    }
    if (type === 'file') {
      const data = dataOf(wordOf(objectOf(part.file).file_data));
      if (data !== undefined) return [{ type: 'document', source: { type: 'base64', ...data }, ...marked }];
    }
    throw cannotSay(`content of type ${wordOf(type)}`, 'Anthropic');
  });
}

function sourceOf(url: string): Body {
  const data = dataOf(url);
  return data === undefined ? { type: 'url', url } : { type: 'base64', ...data };
}
