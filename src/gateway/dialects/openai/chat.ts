import { chatOverMessages } from '../across/speeches.ts';
import type { Body, Endpoint, PromptParts } from '../endpoint.ts';
import { messagesOf } from '../prompt-parts.ts';
import { degradedJson, degradedStream } from './chat-degraded.ts';
import { chatRestoring } from './chat-restoring.ts';
import { chatSpeech } from './chat-speech.ts';

/** `POST /v1/chat/completions`. */
export const chat: Endpoint = {
  operation: 'chat',
  split: true,
  evidence: true,
  speech: { OpenAI: chatSpeech, Anthropic: chatOverMessages },
  place,
  answerForm: ({ response_format }) => response_format as { type?: unknown } | null | undefined,
  asked: ({ messages }) => messages,
  errorJson: (error) => error.toBody(),
  errorEvent: (error) => `data: ${error.toBody()}\n\n`,
  restoring: chatRestoring,
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
