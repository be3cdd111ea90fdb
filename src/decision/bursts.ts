import { addCounts, type Counts } from './counts.ts';

/** How much more stable's bad calls come in bursts than independent ones would. Plain JSON. */
export interface BurstState {
  /** Pearson's X² so far, and its degrees of freedom. */
  readonly chi: number;
  readonly freedom: number;
  /** What stable served in the look before, over all replicas. */
  readonly last: Counts;
}

export const NO_BURSTS: BurstState = { chi: 0, freedom: 0, last: { calls: 0, bad: 0 } };

/** Degrees of freedom that independence is given in advance, so that one odd look at the start says little. */
const PRIOR_FREEDOM = 5;

/**
 * Adds what each replica has served of stable since the last look: replicas are compared with each other, and their
 * sum with that of the look before, each pair under its own pooled rate. So a rate that drifts, or jumps once for
 * everyone, hardly passes for bursts, which would cost power in an incident that both revisions share.
 */
export function observeBursts(state: BurstState, replicas: readonly Counts[]): BurstState {
  const serving = replicas.filter(({ calls }) => calls > 0);
  const now = serving.reduce(addCounts, NO_BURSTS.last);
  if (now.calls === 0) return state;
  const across = pearson(serving);
  const along = pearson([state.last, now].filter(({ calls }) => calls > 0));
  return {
    chi: state.chi + across.chi + along.chi,
    freedom: state.freedom + across.freedom + along.freedom,
    last: now,
  };
}

/**
 * φ: by what evidence is to be divided, at least 1. A heuristic: bursts break the independence that the proof rests on,
 * and dividing ln E by the overdispersion is how quasi-likelihood widens its intervals (Wedderburn 1974), no theorem.
 */
export function overdispersion({ chi, freedom }: BurstState): number {
  return Math.max(1, (chi + PRIOR_FREEDOM) / (freedom + PRIOR_FREEDOM));
}

/** Evidence with bursts allowed for. Only what speaks for the claim shrinks, so that the result never exceeds E. */
export function tempered(lnEvidence: number, phi: number): number {
  return lnEvidence > 0 ? lnEvidence / phi : lnEvidence;
}

/** X² of cells against their pooled rate, scaled so that its mean, given how many were bad, is its degrees of freedom. */
function pearson(cells: readonly Counts[]): { chi: number; freedom: number } {
  const { calls, bad } = cells.reduce(addCounts, NO_BURSTS.last);
  if (cells.length < 2 || bad === 0 || bad === calls) return { chi: 0, freedom: 0 };
  const rate = bad / calls;
  let chi = 0;
  for (const cell of cells) {
    chi += (cell.bad - cell.calls * rate) ** 2 / (cell.calls * rate * (1 - rate));
  }
  return { chi: (chi * (calls - 1)) / calls, freedom: cells.length - 1 };
}
