import { chiSquare } from '../drift/chi-square.ts';
import { stabilityIndex } from '../drift/psi.ts';
import { sentimentOf } from '../traits/sentiment.ts';
import { lengthBucket } from '../traits/traits.ts';
import { shares, typicalLength } from './count-words.ts';
import type { Answered } from './run-suite.ts';

/** What the answers of a run were like, whatever they scored. */
export interface Outputs {
  /** How many were about as long, by half doublings of their characters. */
  length: Record<string, number>;
  /** How many ended so: `refused`, or the provider's own word. */
  ending: Record<string, number>;
  /** How many sounded so; absent in references of before this was counted. */
  sentiment?: Record<string, number>;
}

const MOST_ENDINGS = 8;
/** A change must be too large for chance, and large: with many answers small ones are no chance either. */
const [LEAST_CHANCE, LEAST_INDEX] = [0.001, 0.25];

export function outputsOf(results: readonly Answered[]): Outputs {
  // Endings are words of a provider's: one such as `constructor` must find nothing there.
  const ending: Record<string, number> = Object.create(null);
  const outputs = { length: {}, ending, sentiment: {} } satisfies Outputs as Required<Outputs>;
  for (const { answer } of results) {
    if (answer === undefined) continue;
    count(outputs.length, lengthBucket(answer.text.length));
    count(outputs.sentiment, sentimentOf(answer.text));
    const word = (answer.refused ? 'refused' : (answer.finishReason ?? 'unknown')).slice(0, 40);
    // The word is the provider's: of a few only, or a status would grow as it likes.
    const known = word in ending || Object.keys(ending).length < MOST_ENDINGS;
    count(ending, known ? word : 'other');
  }
  return outputs;
}

/** In words what answers are like that they were not at the reference; undefined where that may be chance, or is small. */
export function outputShift(reference: Outputs, current: Outputs): string | undefined {
  const said: string[] = [];
  if (hasShifted(reference.length, current.length))
    said.push(
      `answers of typically ${typicalLength(current.length)} characters, ${typicalLength(reference.length)} then`,
    );
  if (hasShifted(reference.ending, current.ending))
    said.push(`answers that ended ${shares(current.ending)}; ${shares(reference.ending)} then`);
  const [sounds = {}, sounded = {}] = [current.sentiment, reference.sentiment];
  if (hasShifted(sounded, sounds)) said.push(`answers that sound ${shares(sounds)}; ${shares(sounded)} then`);
  return said.length === 0 ? undefined : said.join('; ');
}

function hasShifted(reference: Record<string, number>, current: Record<string, number>): boolean {
  const chance = chiSquare(reference, current)?.pValue ?? 1;
  return chance < LEAST_CHANCE && (stabilityIndex(reference, current) ?? 0) >= LEAST_INDEX;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
