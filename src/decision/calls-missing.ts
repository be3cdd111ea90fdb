import { expectedRate, type RateState } from './rate.ts';
import { logPayoff, notWorseBets } from './rate-bet.ts';

/**
 * About how many more candidate calls, at this step's split, until the evidence for "not worse" reaches `threshold`, if
 * candidate and stable are equally good from now on. Rounded up to two digits, since it is an expectation and no more.
 * Undefined where this step has calls on one side only, or where no bet would grow.
 */
export function callsUntilNotWorse(state: RateState, threshold: number): number | undefined {
  const { candidate, stable } = state.step;
  if (candidate.calls === 0 || stable.calls === 0) return undefined;
  const ratio = stable.calls / candidate.calls;
  const rate = expectedRate(state);
  const perCall = {
    candidate: { calls: 1, bad: rate },
    stable: { calls: ratio, bad: ratio * rate },
  };
  const bets = notWorseBets(rate, state.notWorse);
  const waits = bets.map((bet, alternative) => {
    const growth = logPayoff(bet, perCall, state.notWorse);
    // The mean of all bets reaches the threshold no later than one of them reaches it times their number.
    const lacking = Math.log(threshold * bets.length) - (state.notWorseSums[alternative] ?? 0);
    return growth > 0 ? Math.max(0, lacking) / growth : Number.POSITIVE_INFINITY;
  });
  const shortest = Math.min(...waits);
  return Number.isFinite(shortest) ? roundUp(shortest) : undefined;
}

function roundUp(calls: number): number {
  if (calls <= 1) return 1;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(calls)) - 1);
  return Math.ceil(calls / unit) * unit;
}
