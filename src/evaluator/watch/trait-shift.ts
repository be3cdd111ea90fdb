import { chiSquare } from '../../drift/chi-square.ts';
import { jensenShannonDistance } from '../../drift/jensen-shannon.ts';
import { stabilityIndex } from '../../drift/psi.ts';
import { TRAIT_GROUPS, type TraitGroup, type Traits } from '../../traits/counts.ts';
import { VALUE_PREFIX } from '../../traits/traits.ts';
import { percents, typicalLength } from '../count-words.ts';

/** What is no longer as it was, by group, in words. */
export type Shifts = Partial<Record<TraitGroup, string>>;

type Counts = Readonly<Record<string, number>>;

/** Chance of so large a difference where nothing changed, below which it is none. Of each trait. */
const LEAST_CHANCE = 0.001;
/** Counts of a trait that each window must have: with fewer the χ² test is no good. */
const LEAST_COUNTS = 50;
/**
 * How large a change must be, both ways: the index by custom ("has shifted"; for few failures, "moderately"), and the distance
 * of about the same change where no bucket is rare. A bucket that is new and small moves the index far more than the distance.
 */
const LARGE = { index: 0.25, distance: 0.2 };
const OF_FAILURES = { index: 0.1, distance: 0.12 };
/** Traits that mostly are what they should be: small changes of these matter. */
const FAILURES: readonly string[] = ['answers ending', 'feedback thumb', 'feedback score'];

/** What of a window is unlike the reference, by more than chance and much. */
export function traitShifts(reference: Traits, current: Traits): Shifts {
  const shifts: Shifts = {};
  for (const group of TRAIT_GROUPS) {
    const said = Object.entries(current[group]).flatMap(([trait, now]) => {
      const then = reference[group][trait] ?? {};
      const size = sizeOfShift(then, now, FAILURES.includes(`${group} ${trait}`) ? OF_FAILURES : LARGE);
      return size === undefined ? [] : [`${words(group, trait, then, now)} (${size})`];
    });
    if (said.length > 0) shifts[group] = said.join('; ').slice(0, 1_000);
  }
  return shifts;
}

/** How far two windows are apart, in words; undefined where that may be chance, or is small. */
function sizeOfShift(then: Counts, now: Counts, least: typeof LARGE): string | undefined {
  const [before, after] = [sumOf(then), sumOf(now)];
  if (before < LEAST_COUNTS || after < LEAST_COUNTS) return undefined;
  const chance = chiSquare(...pooled(then, now))?.pValue ?? 1;
  const [index = 0, distance = 0] = [stabilityIndex(then, now), jensenShannonDistance(then, now)];
  if (chance >= LEAST_CHANCE || index < least.index || distance < least.distance) return undefined;
  return `stability index ${index.toFixed(2)}, Jensen–Shannon distance ${distance.toFixed(2)}`;
}

/** Counts in both windows together that a bucket must have to be looked at alone: about five in each, as χ² wants. */
const LEAST_IN_BUCKET = 10;

/** Both windows with their rare buckets taken together. */
function pooled(then: Counts, now: Counts): [Counts, Counts] {
  const both = new Set([...Object.keys(then), ...Object.keys(now)]);
  const rare = new Set(
    [...both].filter((bucket) => (then[bucket] ?? 0) + (now[bucket] ?? 0) < LEAST_IN_BUCKET),
  );
  const pool = (counts: Counts): Counts => {
    const kept: Record<string, number> = { rare: 0 };
    for (const [bucket, times] of Object.entries(counts)) {
      const into = rare.has(bucket) ? 'rare' : `of ${bucket}`;
      kept[into] = (kept[into] ?? 0) + times;
    }
    return kept;
  };
  return [pool(then), pool(now)];
}

const sumOf = (counts: Counts) => Object.values(counts).reduce((sum, times) => sum + times, 0);

function words(group: TraitGroup, trait: string, then: Counts, now: Counts): string {
  if (trait === 'length') {
    const who = group === 'inputs' ? 'callers send texts' : 'answers';
    return `${who} of typically ${typicalLength(now)} characters, ${typicalLength(then)} then`;
  }
  if (trait.startsWith(VALUE_PREFIX))
    return `the variable ${trait.slice(VALUE_PREFIX.length)} has other values`;
  if (trait === 'messages') return 'calls have another number of messages';
  if (trait === 'variables') return 'calls have other variables';
  if (trait === 'score') return 'scores given are others';
  const of = { language: 'languages', ending: 'answers ended', sentiment: 'answers sound', thumb: 'thumbs' };
  return `${of[trait as keyof typeof of] ?? trait} ${percents(now)}; ${percents(then)} then`;
}
