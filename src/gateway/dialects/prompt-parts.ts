import { CallError } from '../errors.ts';
import type { PromptParts } from './endpoint.ts';
import { wordOf } from './json.ts';

const INSTRUCTS = ['system', 'developer'];

/**
 * A prompt for an API that has a place of its own for instructions: the texts of the prompt's system and developer
 * messages, and all other messages around the caller's own.
 */
export function instructionsOf(
  around: PromptParts['around'],
  own: readonly unknown[],
): { instructions: string[]; messages: unknown[] } {
  const callers = new Set(own);
  const instructions: string[] = [];
  const messages: unknown[] = [];
  for (const message of around(own)) {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    if (callers.has(message) || !INSTRUCTS.includes(wordOf(role))) messages.push(message);
    // A template may come out empty, which no provider takes.
    else if (typeof content === 'string' && content !== '') instructions.push(content);
  }
  return { instructions, messages };
}

/** @throws CallError where they are no list. */
export function messagesOf(own: unknown): readonly unknown[] {
  if (own === undefined) return [];
  if (Array.isArray(own)) return own;
  throw new CallError('invalid_request', 'messages must be a list', 'messages');
}
