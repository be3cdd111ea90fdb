import { costOf } from '../../cost/cost.ts';
import type { Price } from '../../cost/price.ts';

/** What is known of a call's tokens before it is sent. */
export interface Estimate {
  inputTokens: number;
  /** The call's own limit on its answer; absent where it has none. */
  mostOutputTokens?: number;
}

/** Tokens of an answer that room is kept for while a call is under way, where the call does not say fewer. */
export const ANSWER_TOKENS = 1_000;

/** Text of pictures and sound is no text: what they cost is not to be told from it. */
const ENCODED = /^data:|^[A-Za-z0-9+/=]{4096}/;

/**
 * Estimates a body as it is sent: a token for every four characters of ASCII and for every other one, names of fields
 * included. For prose that is some tens of percent off; a tokenizer would cost more than all the rest of a call.
 */
export function estimateOf(sent: Readonly<Record<string, unknown>>): Estimate {
  const most = [sent.max_completion_tokens, sent.max_tokens, sent.max_output_tokens].find(
    (limit) => typeof limit === 'number' && limit >= 0,
  ) as number | undefined;
  return { inputTokens: Math.ceil(tokensIn(sent)), ...(most !== undefined && { mostOutputTokens: most }) };
}

/** What a call would cost whose answer has `outputTokens`, in millionths of a USD; undefined without a price. */
export const costOfEstimate = (
  price: Price | undefined,
  { inputTokens }: Estimate,
  outputTokens: number,
): number | undefined =>
  costOf(price, { inputTokens, outputTokens: price?.output === undefined ? 0 : outputTokens });

/** Estimates a text's tokens. */
export function textTokens(text: string): number {
  const others = Buffer.byteLength(text) === text.length ? 0 : (text.match(/[^\0-\x7f]/gu)?.length ?? 0);
  return others + (text.length - others) / 4;
}

function tokensIn(value: unknown): number {
  if (typeof value === 'string') return ENCODED.test(value) ? 0 : textTokens(value);
  if (typeof value === 'number') return 1;
  if (value === null || typeof value !== 'object') return 0;
  let sum = 0;
  if (Array.isArray(value)) for (const each of value) sum += tokensIn(each);
  else for (const [name, each] of Object.entries(value)) sum += name.length / 4 + tokensIn(each);
  return sum;
}
