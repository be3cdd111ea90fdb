import { CallError } from '../errors.ts';
import type { PromptEntry, RouteEntry } from '../table.ts';
import { type Account, sumOf } from './accounts.ts';
import type { OnLimit } from './limits.ts';
import type { Over } from './within.ts';

/** Which limit leaves no room: that of a day, of one call or of a chain. */
export type LimitName = 'daily' | 'call' | 'chain';

/** A limit that leaves no room for a call, and whose it is. */
export interface Reached {
  entry: PromptEntry | RouteEntry;
  limit: LimitName;
  onLimit: OnLimit;
  /** Seconds until there is room again; absent where waiting makes none. */
  retryAfterS?: number;
}

/** The accounts of a chain of calls. */
export interface ChainAccounts {
  cost: Account;
  ms: Account;
}

/** A release or route with budgets that takes part in a call, and its account of the day where it has a daily limit. */
export interface Budgeted {
  entry: PromptEntry | RouteEntry;
  day: Account | undefined;
}

/** The limits of a day and of a chain that are used up. */
export function reachedBy(
  parts: readonly Budgeted[],
  chain: ChainAccounts | undefined,
  retryAfterS: number,
): Reached[] {
  const reached: Reached[] = [];
  for (const { entry, day } of parts) {
    const { dailyCost, chainCost, chainMs, onLimit } = entry.budgets!;
    if (isUsedUp(day, dailyCost)) reached.push({ entry, limit: 'daily', onLimit, retryAfterS });
    if (isUsedUp(chain?.cost, chainCost) || isUsedUp(chain?.ms, chainMs))
      reached.push({ entry, limit: 'chain', onLimit });
  }
  return reached;
}

const isUsedUp = (account: Account | undefined, limit: number | undefined): boolean =>
  account !== undefined && limit !== undefined && sumOf(account) >= limit;

const WORDS: Record<LimitName, string> = {
  daily: 'the daily budget is used up',
  call: 'the call would cost more than one may: send less, or ask for fewer tokens',
  chain: 'the budget of the chain is used up',
};

/** What comes of limits that were reached: a refusal wins over a degraded answer; undefined where they only warn. */
export function overBy(reached: readonly Reached[]): Over | undefined {
  if (reached.length === 0) return undefined;
  const strict =
    reached.find(({ onLimit }) => onLimit === 'Refuse') ??
    reached.find(({ onLimit }) => onLimit === 'Degrade');
  if (strict === undefined) return undefined;
  const { entry, limit, onLimit, retryAfterS } = strict;
  const whose = entry.kind === 'ModelRoute' ? 'the route' : 'the release';
  const error = new CallError(
    'budget_exceeded',
    `${WORDS[limit]} (${whose} ${entry.name})`,
    null,
    retryAfterS,
  );
  return { error, degrade: onLimit === 'Degrade' };
}
