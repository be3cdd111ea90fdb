import type { EvalLive } from '../../api/eval-suite.ts';
import { shownUSD } from '../run-results.ts';
import { type Spending, spendingUpTo } from '../spending.ts';

export type DayCount = 'scored' | 'errors' | 'dropped';

/** What one suite scored, and what that cost, on one day (UTC). */
export interface Day {
  /** Counts one answer. */
  count(what: DayCount): void;
  /** Counts what a judge's answer cost, in USD; undefined where that is not known. */
  spent(usd: number | undefined): void;
  /** Why nothing more may be scored today, while `underWay` others have not ended. */
  refusal(underWay: number): string | undefined;
  /** As the status has it. */
  shown(): Omit<EvalLive, 'problem'>;
}

/** Counts by the day, going on from what the status says of this one, so that no restart forgets what was spent. */
export function countDays(maxUSD: number | undefined, now: () => Date, before: EvalLive | undefined): Day {
  let day = '';
  let counts: Record<DayCount, number> = { scored: 0, errors: 0, dropped: 0 };
  let spending: Spending = spendingUpTo(undefined);
  // The clock may go back over midnight.
  let last: Omit<EvalLive, 'problem'> | undefined = before;

  const told = (): Omit<EvalLive, 'problem'> => {
    const cost = spending.total();
    return { day, ...counts, ...(cost !== undefined && { costUSD: shownUSD(cost) }) };
  };
  const today = (): void => {
    const date = now().toISOString().slice(0, 10);
    if (date === day) return;
    const same = last?.day === date ? last : undefined;
    if (day !== '') last = told();
    day = date;
    counts = { scored: same?.scored ?? 0, errors: same?.errors ?? 0, dropped: same?.dropped ?? 0 };
    spending = spendingUpTo(maxUSD, 'live.maxUSDPerDay');
    if (same !== undefined)
      spending.resume(same.costUSD === undefined ? undefined : Number(same.costUSD), same.scored);
  };

  return {
    count(what) {
      today();
      counts[what]++;
      if (what === 'scored') spending.ended();
    },
    spent(usd) {
      today();
      spending.add(usd);
    },
    refusal(underWay) {
      today();
      return spending.refusal(underWay);
    },
    shown() {
      today();
      return told();
    },
  };
}
