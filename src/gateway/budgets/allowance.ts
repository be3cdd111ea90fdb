import type { BackendTarget } from '../table.ts';
import { type Account, sumOf } from './accounts.ts';
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
  const warned: LimitName[] = [];
  const told = (all: readonly Reached[]): void => {
    for (const each of all) {
      metrics.reached(each);
      if (each.onLimit === 'Warn' && !warned.includes(each.limit)) warned.push(each.limit);
    }
  };
  told(reached);
  const over = overBy(reached);
  const accounts: Account[] = [];
  let priced = false;
  for (const part of parts) {
    if (part.day !== undefined) accounts.push(part.day);
    priced ||= limitsCost(part);
  }
  if (chain !== undefined) accounts.push(chain.cost);
  priced ||= accounts.length > 0;

  /** What was estimated last, and for which body: fallbacks are sent the same more often than not. */
  let estimated: { sent: object; estimate: Estimate } | undefined;
  let kept = 0;
  const keep = (cost: number): void => {
    for (const account of accounts) account.own += cost - kept;
    kept = cost;
  };

  const admit = (backend: BackendTarget, sent: Readonly<Record<string, unknown>>): Over | undefined => {
    // Others may have taken the room since, while this call was waited for.
    const taken = estimated === undefined ? reach().filter(({ onLimit }) => onLimit !== 'Warn') : [];
    if (estimated?.sent !== sent) estimated = { sent, estimate: estimateOf(sent) };
    const { estimate } = estimated;
    const { price } = backend;
    const most = estimate.mostOutputTokens;
    const dear = tooDear(parts, costOfEstimate(price, estimate, most ?? 0));
    if (taken.length > 0 || dear.length > 0) {
      const all = [...taken, ...dear];
      told(all);
      const refused = overBy(all);
      if (refused !== undefined) return refused;
    }
    const room = ANSWER_TOKENS * (estimate.answers ?? 1);
    keep(costOfEstimate(price, estimate, Math.min(most ?? room, room)) ?? 0);
    return undefined;
  };

  return {
    ...(over && { over }),
    within: timesOf(parts, chain, priced ? admit : undefined),
    warned: () => warned,
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
  within: timesOf(parts, undefined, undefined),
  warned: () => [],
  settle() {},
});

/** Whose limit of one call is less than what it costs at least. */
function tooDear(parts: readonly Budgeted[], least: number | undefined): readonly Reached[] {
  const dear: Reached[] = [];
  for (const { entry } of parts) {
    const { callCost, onLimit } = entry.budgets!;
    if (callCost !== undefined && least !== undefined && least > callCost)
      dear.push({ entry, limit: 'call', onLimit });
  }
  return dear;
}

function limitsCost({ entry }: Budgeted): boolean {
  const { dailyCost, callCost, chainCost } = entry.budgets!;
  return dailyCost !== undefined || callCost !== undefined || chainCost !== undefined;
}

/** The moments by which a call that begins now must have come to its first byte and to its end. */
function timesOf(
  parts: readonly Budgeted[],
  chain: ChainAccounts | undefined,
  admit: Within['admit'],
): Within {
  let [first, total] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { entry } of parts) {
    const { firstTokenMs, totalMs, chainMs, onLimit } = entry.budgets!;
    if (firstTokenMs !== undefined) first = Math.min(first, firstTokenMs);
    if (totalMs !== undefined) total = Math.min(total, totalMs);
    if (chainMs !== undefined && chain !== undefined && onLimit !== 'Warn')
      total = Math.min(total, Math.max(0, chainMs - sumOf(chain.ms)));
  }
  const begun = performance.now();
  return {
    firstTokenBy: Number.isFinite(first) ? begun + first : undefined,
    totalBy: Number.isFinite(total) ? begun + total : undefined,
    admit,
  };
}
