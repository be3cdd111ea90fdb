import { withoutAnswer } from '../../answer.ts';
import { CallError } from '../../errors.ts';
import { outcomeOfError, outcomeOfStatus } from '../../outcome.ts';
import type { Endpoint } from '../endpoint.ts';
import { countOf, isText, parseObject } from '../json.ts';
import { chat } from './chat.ts';
import { streamReader } from './chat-answer.ts';

interface Body {
  model?: unknown;
  data?: unknown;
  usage?: { prompt_tokens?: unknown } | null;
  error?: unknown;
}

/**
 * `POST /v1/embeddings`, passed through. The vectors of two models cannot be compared, so those of one index must not
 * come from two.
 */
export const embeddings: Endpoint = {
  operation: 'embeddings',
  split: false,
  evidence: false,
  speech: { OpenAI: { path: '/embeddings', usageByFlag: false, readPlain, streamReader } },
  place() {
    const message = 'embeddings have no prompt: give the name of a ModelRoute as model';
    throw new CallError('invalid_request', message, 'model');
  },
  answerForm: () => undefined,
  asked: ({ input }) => input,
  errorJson: chat.errorJson,
  errorEvent: chat.errorEvent,
};

function readPlain(status: number, bytes: Buffer) {
  if (status >= 400) return withoutAnswer(outcomeOfStatus(status));
  const body = parseObject<Body>(bytes.toString('utf8'));
  if (body?.error != null) return withoutAnswer(outcomeOfError(body.error));
  if (!Array.isArray(body?.data)) return withoutAnswer('upstream_5xx');
  const inputTokens = countOf(body.usage?.prompt_tokens);
  return {
    ...withoutAnswer('success'),
    ...(inputTokens !== undefined && { usage: { inputTokens, outputTokens: 0 } }),
    ...(isText(body.model) && { modelAnswered: body.model }),
  };
}
