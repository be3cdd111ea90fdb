import type { Outcome } from './outcome.ts';

/** How often a rule answered, and how. */
export interface RuleCounts {
  calls: number;
  outcomes: Partial<Record<Outcome['kind'], number>>;
}

/** What a simulator was asked. */
export interface Requests {
  /** Calls that were understood. */
  total: number;
  /** By model asked for. */
  models: Record<string, number>;
  /** In the order of the rules in force. */
  rules: RuleCounts[];
}

/** Names of models come from callers: beyond this many they are counted in `total` alone. */
const MOST_MODELS = 1_000;

/** Counts calls by model. */
export function callCounts() {
  const models = new Map<string, number>();
  let total = 0;
  return {
    add(model: string): void {
      total += 1;
      const calls = models.get(model);
      if (calls !== undefined || models.size < MOST_MODELS) models.set(model, (calls ?? 0) + 1);
    },
    read: (rules: RuleCounts[]): Requests => ({
      total,
      models: Object.fromEntries(models),
      rules: structuredClone(rules),
    }),
  };
}
