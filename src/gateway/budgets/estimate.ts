import { costOf } from '../../cost/cost.ts';
import type { Price } from '../../cost/price.ts';

/** What is known of a call's tokens before it is sent. */
export interface Estimate {
  inputTokens: number;
  /** The call's own limit on its answers together; absent where it has none. */
  mostOutputTokens?: number | undefined;
  /** How many answers it asks for, where that is more than one; `MOST_ANSWERS` at most. */
  answers?: number | undefined;
}

/** Tokens of one answer that room is kept for while a call is under way, where the call does not say fewer. */
export const ANSWER_TOKENS = 1_000;
/**
 * Answers of one call that room is kept for, as many as OpenAI gives. A caller may ask for any number, which nobody gives it: room
 * for them would leave none to others, and what these have spent would be lost beside it in the digits of a sum.
 */
const MOST_ANSWERS = 128;

/** Fields that hold pictures, sound and files, by value or address. */
const OF_MEDIA = ['url', 'data', 'file_data', 'image_url', 'audio_url', 'video_url'];
/**
 * What is encoded as a whole is no text: what a picture or sound costs is not to be told from it. Whatever stands where text does is
 * text all the same, or a caller could send any at the price of none. Both patterns take time in proportion to it.
 */
const ENCODED = /^(?:data:[^,]{0,255},[\w+/-]*={0,2}|[\w+/-]{4096,}={0,2})$/;

/**
 * Estimates a body as it is sent: a token for every four characters of ASCII and for every other one, names of fields
 * included. For prose that is some tens of percent off; a tokenizer would cost more than all the rest of a call.
 */
export function estimateOf(sent: Readonly<Record<string, unknown>>): Estimate {
  const most =
    limitIn(sent.max_completion_tokens) ?? limitIn(sent.max_tokens) ?? limitIn(sent.max_output_tokens);
  const { n } = sent;
  const answers = typeof n === 'number' && n > 1 ? n : 1;
  return {
    inputTokens: Math.ceil(tokensIn(sent, '')),
    mostOutputTokens: most === undefined ? undefined : most * answers,
    answers: answers > 1 ? Math.min(answers, MOST_ANSWERS) : undefined,
  };
}

const limitIn = (limit: unknown): number | undefined =>
  typeof limit === 'number' && limit >= 0 ? limit : undefined;

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

function tokensIn(value: unknown, field: string): number {
  if (typeof value === 'string')
    return OF_MEDIA.includes(field) && ENCODED.test(value) ? 0 : textTokens(value);
  if (typeof value === 'number') return 1;
  if (value === null || typeof value !== 'object') return 0;
  let sum = 0;
  if (Array.isArray(value)) for (const each of value) sum += tokensIn(each, field);
  else
    for (const name in value)
      sum += name.length / 4 + tokensIn((value as Record<string, unknown>)[name], name);
  return sum;
}
