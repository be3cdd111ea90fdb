import { CallError } from '../../errors.ts';
import type { Body, Endpoint, PromptParts, Speech } from '../endpoint.ts';
import { readPlain, streamReader } from './chat-answer.ts';
import { degradedJson, degradedStream } from './chat-degraded.ts';

/** Chat completions as OpenAI's own providers take them. */
export const chatSpeech: Speech = { path: '/chat/completions', usageByFlag: true, readPlain, streamReader };

/** `POST /v1/chat/completions`. */
export const chat: Endpoint = {
  operation: 'chat',
  split: true,
  evidence: true,
  speech: { OpenAI: chatSpeech },
  place,
  answerForm: ({ response_format }) => response_format as { type?: unknown } | null | undefined,
  asked: ({ messages }) => messages,
  errorJson: (error) => error.toBody(),
  errorEvent: (error) => `data: ${error.toBody()}\n\n`,
  degraded: { json: degradedJson, stream: degradedStream },
};

function place(rest: Body, { around, parameters, responseSchema, tools }: PromptParts): Body {
  const placed: Body = { ...rest, ...parameters, messages: around(messagesOf(rest.messages)) };
  if (responseSchema !== undefined) {
    placed.response_format ??= {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: responseSchema },
    };
  }
  if (tools.length > 0) placed.tools = Array.isArray(rest.tools) ? [...tools, ...rest.tools] : tools;
  return placed;
}

/** @throws CallError where they are no list. */
export function messagesOf(own: unknown): readonly unknown[] {
  if (own === undefined) return [];
  if (Array.isArray(own)) return own;
  throw new CallError('invalid_request', 'messages must be a list', 'messages');
}
