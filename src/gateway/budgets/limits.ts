import type { Budgets } from '../../api/budgets.ts';
import { parseDuration } from '../../lib/duration.ts';

/** What happens where a limit leaves no room. */
export type OnLimit = NonNullable<Budgets['onLimit']>;

/** Budgets as calls are held to them: costs in millionths of a USD, times in ms. */
export interface Limits {
  dailyCost?: number;
  callCost?: number;
  firstTokenMs?: number;
  totalMs?: number;
  chainCost?: number;
  chainMs?: number;
  onLimit: OnLimit;
}

/** The limits that budgets set. */
export function limitsOf(budgets: Budgets): Limits {
  const { dailyUSD, perCallUSD, firstToken, total, chain = {}, onLimit = 'Refuse' } = budgets;
  return {
    ...(dailyUSD !== undefined && { dailyCost: millionths(dailyUSD) }),
    ...(perCallUSD !== undefined && { callCost: millionths(perCallUSD) }),
    ...(firstToken !== undefined && { firstTokenMs: parseDuration(firstToken) }),
    ...(total !== undefined && { totalMs: parseDuration(total) }),
    ...(chain.costUSD !== undefined && { chainCost: millionths(chain.costUSD) }),
    ...(chain.total !== undefined && { chainMs: parseDuration(chain.total) }),
    onLimit,
  };
}

const millionths = (usd: string): number => Number(usd) * 1e6;
