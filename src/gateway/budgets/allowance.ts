import { sumOf } from './accounts.ts';
import type { BudgetMetrics } from './budget-metrics.ts';
import { ANSWER_TOKENS, costOfEstimate, type Estimate, estimateOf } from './estimate.ts';
import { type Budgeted, type ChainAccounts, type LimitName, overBy, type Reached } from './room.ts';
import { type Came, spentBy } from './spent.ts';
import type { Over, Within } from './within.ts';

/** What one call may take, and what it has taken. */
export interface Allowance {
  /** Why there is no room for the call, before anybody was asked. */
  over?: Over;
  within: Within;
  /** Limits that leave no room and only warn. */
  warned(): readonly LimitName[];
  /** Counts what the call came to in place of the room that was kept for it. To be told once, whatever comes. */
  settle(came: Came | undefined): void;
}

/**
 * Opens a call's allowance: room is kept for it from its first try on.
 * @param reach the limits of a day and of a chain that leave no room now
 */
export function allowance(
  parts: readonly Budgeted[],
  chain: ChainAccounts | undefined,
  reach: () => readonly Reached[],
  metrics: BudgetMetrics,
): Allowance {
  const reached = reach();
  for (const each of reached) metrics.reached(each);
  const over = overBy(reached);
  const warned = new Set(reached.filter(({ onLimit }) => onLimit === 'Warn').map(({ limit }) => limit));
  const accounts = parts.flatMap(({ day }) => (day === undefined ? [] : [day]));
  if (chain !== undefined) accounts.push(chain.cost);
  const priced = accounts.length > 0 || parts.some(limitsCost);

  /** What was estimated last, and for which body: fallbacks are sent the same more often than not. */
  let estimated: { sent: object; estimate: Estimate } | undefined;
  let kept = 0;
  const keep = (cost: number): void => {
    for (const account of accounts) account.own += cost - kept;
    kept = cost;
  };

  const admit: Within['admit'] = (backend, sent) => {
    // Others may have taken the room since, while this call was waited for.
    const taken = estimated === undefined ? reach().filter(({ onLimit }) => onLimit !== 'Warn') : [];
    if (estimated?.sent !== sent) estimated = { sent, estimate: estimateOf(sent) };
    const { estimate } = estimated;
    const { price } = backend;
    const most = estimate.mostOutputTokens;
    const least = costOfEstimate(price, estimate, most ?? 0);
    const tooDear = parts.flatMap(({ entry }): Reached[] => {
      const { callCost, onLimit } = entry.budgets!;
      const dear = callCost !== undefined && least !== undefined && least > callCost;
      return dear ? [{ entry, limit: 'call', onLimit }] : [];
    });
    for (const each of [...taken, ...tooDear]) {
      metrics.reached(each);
      if (each.onLimit === 'Warn') warned.add(each.limit);
    }
    const refused = overBy([...taken, ...tooDear]);
    if (refused !== undefined) return refused;
    const room = ANSWER_TOKENS * (estimate.answers ?? 1);
    keep(costOfEstimate(price, estimate, Math.min(most ?? room, room)) ?? 0);
    return undefined;
  };

  return {
    ...(over && { over }),
    within: { ...timesOf(parts, chain), ...(priced && { admit }) },
    warned: () => [...warned],
    settle(came) {
      const spent = came === undefined ? 0 : spentBy(came, estimated?.estimate);
      keep(spent === 'unpriced' ? 0 : spent);
      if (came === undefined) return;
      if (chain !== undefined) chain.ms.own += came.latencyMs;
      for (const part of parts) {
        const { entry } = part;
        const { callCost } = entry.budgets!;
        if (spent === 'unpriced' && limitsCost(part)) metrics.unpriced(entry);
        if (callCost !== undefined && came.cost !== undefined && came.cost > callCost) metrics.overran(entry);
      }
    },
  };
}

/** The allowance of a call that costs nothing: only its time is limited. */
export const freeAllowance = (parts: readonly Budgeted[]): Allowance => ({
  within: timesOf(parts, undefined),
  warned: () => [],
  settle() {},
});

function limitsCost({ entry }: Budgeted): boolean {
  const { dailyCost, callCost, chainCost } = entry.budgets!;
  return [dailyCost, callCost, chainCost].some((limit) => limit !== undefined);
}

/** The moments by which a call that begins now must have come to its first byte and to its end. */
function timesOf(parts: readonly Budgeted[], chain: ChainAccounts | undefined): Within {
  const begun = performance.now();
  const firsts: number[] = [];
  const totals: number[] = [];
  for (const { firstTokenMs, totalMs, chainMs, onLimit } of parts.map(({ entry }) => entry.budgets!)) {
    if (firstTokenMs !== undefined) firsts.push(firstTokenMs);
    if (totalMs !== undefined) totals.push(totalMs);
    if (chainMs !== undefined && chain !== undefined && onLimit !== 'Warn')
      totals.push(Math.max(0, chainMs - sumOf(chain.ms)));
  }
  return {
    ...(firsts.length > 0 && { firstTokenBy: begun + Math.min(...firsts) }),
    ...(totals.length > 0 && { totalBy: begun + Math.min(...totals) }),
  };
}
