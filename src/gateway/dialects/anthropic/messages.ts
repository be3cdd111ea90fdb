import { messagesOverChat } from '../across/speeches.ts';
import type { Body, Endpoint, PromptParts } from '../endpoint.ts';
import { instructionsOf, messagesOf } from '../prompt-parts.ts';
import { degradedJson, degradedStream } from './message-degraded.ts';
import { errorEvent, errorJson } from './message-error.ts';
import { readOther } from './messages-answer.ts';
import { messagesRestoring } from './messages-restoring.ts';
import { messagesSpeech } from './messages-speech.ts';
import { outputSchema } from './output-schema.ts';
import { anthropicParameters } from './parameters.ts';
import { anthropicTool } from './tool.ts';

/** Of a caller's headers those that go on: what it wants of the API. */
const PASSED = ['anthropic-version', 'anthropic-beta'];

const asMessages = {
  split: true,
  passes: PASSED,
  place,
  answerForm,
  asked: ({ system, messages }: Body) => ({ system, messages }),
  errorJson,
  errorEvent,
};

/** `POST /v1/messages`. */
export const messages: Endpoint = {
  ...asMessages,
  operation: 'chat',
  evidence: true,
  speech: { Anthropic: messagesSpeech, OpenAI: messagesOverChat },
  restoring: messagesRestoring,
  degraded: { json: degradedJson, stream: degradedStream },
};

/** Says what belongs to an answer, which is not there when tokens are counted. */
const OF_THE_ANSWER = [
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'service_tier',
];

/**
 * `POST /v1/messages/count_tokens`: counts what the revision that would serve the caller sends, its prompt included. It
 * says nothing of how the revision does.
 */
export const countTokens: Endpoint = {
  ...asMessages,
  operation: 'count_tokens',
  evidence: false,
  free: true,
  speech: {
    Anthropic: {
      ...messagesSpeech,
      path: '/messages/count_tokens',
      write: (body) =>
        Object.fromEntries(Object.entries(body).filter(([name]) => !OF_THE_ANSWER.includes(name))),
      readPlain: (status, bytes) => readOther(status, bytes, (body) => 'input_tokens' in body),
    },
  },
};

/** Instructions go before the caller's own `system`, so that what all calls begin with can be cached. */
function place(rest: Body, { around, parameters, responseSchema, tools }: PromptParts): Body {
  const { instructions, messages } = instructionsOf(around, messagesOf(rest.messages));
  const placed: Body = { ...rest, ...anthropicParameters(parameters), messages };
  if (instructions.length > 0) {
    placed.system = [...instructions.map((text) => ({ type: 'text', text })), ...blocksOf(rest.system)];
  }
  if (responseSchema !== undefined && answerForm(placed) == null) {
    const format = { type: 'json_schema', schema: outputSchema(responseSchema) };
    placed.output_config = { ...(placed.output_config as object | undefined), format };
  }
  if (tools.length > 0) {
    const own = tools.map(anthropicTool);
    placed.tools = Array.isArray(rest.tools) ? [...own, ...rest.tools] : own;
  }
  return placed;
}

function blocksOf(system: unknown): readonly unknown[] {
  if (Array.isArray(system)) return system;
  return typeof system === 'string' && system !== '' ? [{ type: 'text', text: system }] : [];
}

/** `output_format` is what it was called in its beta. */
function answerForm({ output_config, output_format }: Body): { type?: unknown } | null | undefined {
  const { format } = (output_config ?? {}) as { format?: { type?: unknown } | null };
  return format ?? (output_format as { type?: unknown } | null | undefined);
}
