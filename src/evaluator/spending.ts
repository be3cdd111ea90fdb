/** What a run has cost so far, held against what it may. */
export interface Spending {
  /** Counts what something cost, in USD; undefined where that is not known. */
  add(usd: number | undefined): void;
  /** In USD; undefined where something was asked whose cost is not known. */
  total(): number | undefined;
  /** Why nothing more may be begun while `underWay` others have not ended; undefined where it may. */
  refusal(underWay: number): string | undefined;
  /** Whether something was refused because the limit is reached. */
  reached(): boolean;
  /** Tells that one of those begun has ended. */
  ended(): void;
  /** Goes on from what `count` others have cost, in USD; undefined where that is not known. */
  resume(usd: number | undefined, count: number): void;
}

/**
 * Counts spending up to `maxUSD`. What is under way is taken to cost what others did on average, so that the limit is
 * passed by little, and by no more than what is under way. With a limit, a cost that is not known ends the run: unknown is
 * not zero. `field` is what the limit is called.
 */
export function spendingUpTo(maxUSD: number | undefined, field = 'limits.maxUSD'): Spending {
  let [spent, ends] = [0, 0];
  let [unknown, reached] = [false, false];
  return {
    add(usd) {
      if (usd === undefined) unknown = true;
      else spent += usd;
    },
    total: () => (unknown ? undefined : spent),
    refusal(underWay) {
      if (maxUSD === undefined) return undefined;
      if (unknown)
        return 'spend limit: what an answer costs is not known; give prices in spec.models of the ModelProvider';
      const mean = ends === 0 ? 0 : spent / ends;
      if (spent < maxUSD && spent + (underWay + 1) * mean <= maxUSD) return undefined;
      reached = true;
      return `spend limit: ${field} ${maxUSD} is reached`;
    },
    reached: () => reached,
    ended: () => void ends++,
    resume(usd, count) {
      if (usd === undefined) unknown = true;
      else spent += usd;
      ends += count;
    },
  };
}

/** Counts what one of several things costs, which together may cost no more than `whole` lets them. */
export function spendingWithin(own: Spending, whole: Spending): Spending {
  return {
    add(usd) {
      own.add(usd);
      whole.add(usd);
    },
    total: own.total,
    refusal: (underWay) => own.refusal(underWay) ?? whole.refusal(underWay),
    reached: () => own.reached() || whole.reached(),
    ended() {
      own.ended();
      whole.ended();
    },
    resume(usd, count) {
      own.resume(usd, count);
      whole.resume(usd, count);
    },
  };
}
