/** How many calls fell into each bucket, by trait. */
export type TraitCounts = Record<string, Record<string, number>>;

/** The bucket that one call falls into, by trait; one that is absent cannot be told. */
export type TraitsOfCall = Readonly<Record<string, string>>;

/** What callers ask, what they are answered, and what they say of it. */
export const TRAIT_GROUPS = ['inputs', 'answers', 'feedback'] as const;
export type TraitGroup = (typeof TRAIT_GROUPS)[number];

/** What calls are like: counts only, of buckets whose names tell nothing of what was said. */
export type Traits = Record<TraitGroup, TraitCounts>;

export const noTraits = (): Traits => ({ inputs: {}, answers: {}, feedback: {} });

/** Counts one call. */
export function countTraits(counts: TraitCounts, found: TraitsOfCall): void {
  for (const [trait, bucket] of Object.entries(found)) addTo(counts, trait, bucket, 1);
}

/** Adds `more` to `traits`. */
export function addTraits(traits: Traits, more: Traits): void {
  for (const group of TRAIT_GROUPS) {
    for (const [trait, buckets] of Object.entries(more[group])) {
      for (const [bucket, times] of Object.entries(buckets)) addTo(traits[group], trait, bucket, times);
    }
  }
}

function addTo(counts: TraitCounts, trait: string, bucket: string, times: number): void {
  counts[trait] ??= {};
  counts[trait][bucket] = (counts[trait][bucket] ?? 0) + times;
}
