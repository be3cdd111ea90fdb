import { drawLetters, type Random } from '../lib/random.ts';
import type { Frame } from './completion.ts';

/** Gives each call an id of its own, in the form of OpenAI's; the same ones for the same `random`. */
export function identities(random: Random): (model: string) => Frame {
  const first = drawLetters(random, 20);
  const fingerprint = `fp_${Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')}`;
  let calls = 0;
  return (model) => {
    calls += 1;
    const id = `chatcmpl-${first}${calls.toString(36).padStart(9, '0')}`;
    return { id, created: Math.floor(Date.now() / 1000), model, fingerprint };
  };
}
