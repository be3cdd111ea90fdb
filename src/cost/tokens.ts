/** Counts tokens of a text, as far as that can be told without asking the provider. */
export type CountTokens = (text: string) => number;

const ENCODINGS = ['o200k_base', 'cl100k_base'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A chat's own tokens: 4 around each message and 3 before the answer, as OpenAI's guide to counting has them. */
export const TOKENS_PER_MESSAGE = 4;
export const TOKENS_PER_CALL = 3;

/**
 * The encoding of a model. Only OpenAI's are public; for all others that of its newest models stands in, which for prose
 * is some tens of percent off and compares two texts all the same.
 */
export function encodingOf(model: string): Encoding {
  const name = model.slice(model.lastIndexOf('/') + 1);
  return /^(gpt-4(?!o|\.|-o)|gpt-3\.5|gpt-35|text-embedding-)/.test(name) ? 'cl100k_base' : 'o200k_base';
}

/** Its merges take time that grows with the square of a piece: 100,000 letters without a space take half a minute. */
const LONGEST_RUN = 256;
const HAS_LONG_RUN = new RegExp(`\\S{${LONGEST_RUN}}|\\s{${LONGEST_RUN}}`);
const PIECES = new RegExp(`[^]{1,${LONGEST_RUN}}`, 'gu');

/**
 * Loads an encoding: an estimate for any model but OpenAI's own, and there too for what is not plain text. It takes a
 * quarter of a second and 60 MB, so it is loaded when it is first needed.
 */
export async function loadTokenizer(encoding: Encoding): Promise<CountTokens> {
  const { countTokens } = await (encoding === 'cl100k_base'
    ? import('gpt-tokenizer/encoding/cl100k_base')
    : import('gpt-tokenizer/encoding/o200k_base'));
  // What looks like a special token is text here: it comes from a prompt.
  const count = (text: string) => countTokens(text, { disallowedSpecial: new Set<string>() });
  return (text) => {
    if (!HAS_LONG_RUN.test(text)) return count(text);
    let sum = 0;
    for (const piece of text.match(PIECES) ?? []) sum += count(piece);
    return sum;
  };
}
