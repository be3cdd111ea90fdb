import { textTokens } from './budgets/estimate.ts';
import type { Usage } from './usage.ts';

/** What was heard of an answer whose usage nobody told. An estimate, for budgets alone: a record's usage is the provider's word. */
export interface Heard {
  /** As the provider said at the beginning; absent where it did not. */
  input?: Omit<Usage, 'outputTokens' | 'reasoningTokens'>;
  outputTokens: number;
}

/**
 * What was heard of a stream.
 * @param text what of it was kept
 * @param characters all that came, in characters: what was kept, arguments of tools, thoughts
 * @param running counts that the provider gave on the way, of which the last may be missing
 */
export function heardOf(text: string | undefined, characters: number, running?: Usage): Heard {
  const kept = text ?? '';
  const estimated = textTokens(kept) + Math.max(0, characters - kept.length) / 4;
  if (running === undefined) return { outputTokens: estimated };
  const { outputTokens, reasoningTokens, ...input } = running;
  return { input, outputTokens: Math.max(estimated, outputTokens) };
}

export const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

const [QUOTE, BACKSLASH, LETTER_U] = [0x22, 0x5c, 0x75];
const BEFORE = '"delta":"';

/** Estimates the tokens of an event's `delta`, a text, as it stands in its JSON, which is not parsed for it. */
export function deltaTokens(data: string): number {
  const begin = data.indexOf(BEFORE);
  if (begin < 0) return 0;
  let ascii = 0;
  let others = 0;
  for (let at = begin + BEFORE.length; at < data.length; at++) {
    let code = data.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      code = data.charCodeAt(++at);
      if (code === LETTER_U) {
        at += 4;
        code = 0x80;
      }
    }
    if (code < 0x80) ascii++;
    else others++;
  }
  return others + ascii / 4;
}
