import { type CountTokens, type Encoding, encodingOf, loadTokenizer } from '../cost/tokens.ts';
import type { Called } from './release.ts';

/** Adds the tokenizers that calls are counted with, where they are not there yet. */
export async function loadCounters(
  counters: Map<Encoding, CountTokens>,
  called: readonly (Called | undefined)[],
) {
  for (const each of called) {
    const encoding = encodingOf(each?.backend.model ?? '');
    if (!counters.has(encoding)) counters.set(encoding, remembering(await loadTokenizer(encoding)));
  }
}

/** Both sides have most texts in common. */
function remembering(count: CountTokens): CountTokens {
  const known = new Map<string, number>();
  return (text) => {
    let tokens = known.get(text);
    if (tokens === undefined) {
      tokens = count(text);
      known.set(text, tokens);
    }
    return tokens;
  };
}
