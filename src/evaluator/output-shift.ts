import { chiSquare } from '../drift/chi-square.ts';
import { stabilityIndex } from '../drift/psi.ts';
import { bucketOf, middleOf } from '../lib/buckets.ts';
import type { Answered } from './run-suite.ts';

/** What the answers of a run were like, whatever they scored. */
export interface Outputs {
  /** How many were about as long, by half doublings of their characters. */
  length: Record<string, number>;
  /** How many ended so: `refused`, or the provider's own word. */
  ending: Record<string, number>;
}

/** Eighths of a doubling in a bucket: finer ones would count one answer each. */
const EIGHTHS = 4;
const MOST_ENDINGS = 8;
/** A change must be too large for chance, and large: with many answers small ones are no chance either. */
const [LEAST_CHANCE, LEAST_INDEX] = [0.001, 0.25];

export function outputsOf(results: readonly Answered[]): Outputs {
  const outputs: Outputs = { length: {}, ending: {} };
  for (const { answer } of results) {
    if (answer === undefined) continue;
    count(outputs.length, String(Math.floor(bucketOf(answer.text.length) / EIGHTHS)));
    const ending = (answer.refused ? 'refused' : (answer.finishReason ?? 'unknown')).slice(0, 40);
    // The word is the provider's: of a few only, or a status would grow as it likes.
    const known = ending in outputs.ending || Object.keys(outputs.ending).length < MOST_ENDINGS;
    count(outputs.ending, known ? ending : 'other');
  }
  return outputs;
}

/** In words what answers are like that they were not at the reference; undefined where that may be chance, or is small. */
export function outputShift(reference: Outputs, current: Outputs): string | undefined {
  const said: string[] = [];
  if (hasShifted(reference.length, current.length))
    said.push(
      `answers of typically ${typical(current.length)} characters, ${typical(reference.length)} then`,
    );
  if (hasShifted(reference.ending, current.ending))
    said.push(`answers that ended ${shares(current.ending)}; ${shares(reference.ending)} then`);
  return said.length === 0 ? undefined : said.join('; ');
}

function hasShifted(reference: Record<string, number>, current: Record<string, number>): boolean {
  const chance = chiSquare(reference, current)?.pValue ?? 1;
  return chance < LEAST_CHANCE && (stabilityIndex(reference, current) ?? 0) >= LEAST_INDEX;
}

/** The length that half of the answers do not pass, as its bucket tells it. */
function typical(lengths: Record<string, number>): string {
  const buckets = Object.entries(lengths).toSorted(([one], [other]) => Number(one) - Number(other));
  const half = buckets.reduce((sum, [, times]) => sum + times, 0) / 2;
  let passed = 0;
  for (const [bucket, times] of buckets) {
    passed += times;
    if (passed < half) continue;
    const middle = middleOf((Number(bucket) + 0.5) * EIGHTHS - 0.5);
    return String(Math.round(Number(middle.toPrecision(2))));
  }
  return '0';
}

function shares(endings: Record<string, number>): string {
  return Object.entries(endings)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([ending, times]) => `${ending} ${times}×`)
    .join(', ');
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
