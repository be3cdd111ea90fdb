export const FEEDBACK = ['thumb', 'score'] as const;
/** What a caller may say of a call: each once. */
export type FeedbackKind = (typeof FEEDBACK)[number];

/** Which feedback has been given of the last calls that any was given of. */
export interface GivenFeedback {
  /** Remembers that `kinds` were given of a call; false, and nothing is remembered, where one of them was before. */
  take(call: string, kinds: readonly FeedbackKind[]): boolean | Promise<boolean>;
}

/** About 20 MB when full. */
const MOST_CALLS = 100_000;

/** @param most calls that are remembered; beyond, the first comers are forgotten */
export function givenFeedback(most = MOST_CALLS): GivenFeedback {
  const given = new Map<string, readonly FeedbackKind[]>();
  return {
    take(call, kinds) {
      const before = given.get(call) ?? [];
      if (kinds.some((kind) => before.includes(kind))) return false;
      given.set(call, [...before, ...kinds]);
      if (given.size > most) given.delete(given.keys().next().value!);
      return true;
    },
  };
}
