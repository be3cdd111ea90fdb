import type { Measured, Pair } from '../../simulation/traffic.ts';

/** Means of what was measured over one window; undefined where a revision had no calls in it. */
export interface Means {
  candidate: number | undefined;
  stable: number | undefined;
}

/** Collects what is served into windows that follow each other. */
export function windows(seconds: number): (served: Pair, second: number) => Means | undefined {
  let candidate = NOTHING;
  let stable = NOTHING;
  return (served, second) => {
    candidate = plus(candidate, served.candidate);
    stable = plus(stable, served.stable);
    if (second % seconds !== 0) return undefined;
    const means = { candidate: meanOf(candidate), stable: meanOf(stable) };
    candidate = NOTHING;
    stable = NOTHING;
    return means;
  };
}

type Total = Pick<Measured, 'calls' | 'sum'>;

const NOTHING: Total = { calls: 0, sum: 0 };

export function plus(one: Total, other: Total): Total {
  return { calls: one.calls + other.calls, sum: one.sum + other.sum };
}

function meanOf({ calls, sum }: Total): number | undefined {
  return calls === 0 ? undefined : sum / calls;
}
