import type { Registry } from 'prom-client';
import type { Log } from '../../lib/log.ts';
import { systemTimers, type Timers } from '../../lib/timers.ts';
import type { CountStore } from '../../store/counts.ts';
import type { Endpoint } from '../dialects/endpoint.ts';
import type { Draw } from '../draw.ts';
import type { PromptEntry, RouteEntry, Table } from '../table.ts';
import { type Account, accountsInMemory } from './accounts.ts';
import { type Allowance, allowance, freeAllowance } from './allowance.ts';
import { budgetMetrics } from './budget-metrics.ts';
import { chainKey } from './chain.ts';
import { dayOf, KEEP_DAY_MS, secondsLeft } from './day.ts';
import { type Budgeted, type ChainAccounts, overBy, reachedBy } from './room.ts';
import { shareAccounts } from './sharing.ts';

/** Whose call it is, and which chain it says it belongs to. */
export interface ChainOfCall {
  caller: string;
  chain: string;
}

/** What budgets need to know of a call. */
export interface BudgetedCall {
  endpoint: Pick<Endpoint, 'free'>;
  chain?: ChainOfCall;
}

/** Holds calls to the budgets of what they use. */
export interface Budgets {
  /** Reads what has not been read lately, for a few ms at most; undefined where there is nothing to wait for. */
  look(draw: Draw, call: BudgetedCall): Promise<void> | undefined;
  /** What a call may take that is drawn so; undefined where nothing limits or counts it. */
  allow(draw: Draw, call: BudgetedCall): Allowance | undefined;
  /** What a copy in shadow may take: undefined where no daily budget counts it, `used up` where one leaves no room. */
  allowCopy(draw: Draw): Allowance | 'used up' | undefined;
  /** Has to know each table that calls are served from. */
  follow(table: Table): void;
  stop(): Promise<void>;
}

export interface BudgetsOptions {
  log: Log;
  registry: Registry;
  /** The time of day: when a day ends. */
  now: () => Date;
  /** Where replicas share one count. Default: each counts alone. */
  store?: CountStore;
  timers?: Timers;
}

/** Chains that are counted at a time, and how long one is after its last call. */
export const MOST_CHAINS = 20_000;
export const KEEP_CHAIN_MS = 3_600_000;

export function budgets({ log, registry, now, store, timers = systemTimers }: BudgetsOptions): Budgets {
  const days = accountsInMemory(timers);
  const chains = accountsInMemory(timers, 2 * MOST_CHAINS);
  const sharing = store && shareAccounts({ store, accounts: [days, chains], log, timers });
  /** By the entry of a table, so that they go with the table. */
  const ofToday = new WeakMap<PromptEntry | RouteEntry, { day: string; account: Account }>();
  const metrics = budgetMetrics(registry, log, sharing?.up, () => dayOf(now()));
  let countsChains = false;

  const budgetedIn = ({ prompt, route }: Draw, day: string): Budgeted[] => {
    const parts: Budgeted[] = [];
    for (const entry of [prompt?.entry, route.entry]) {
      if (entry?.budgets === undefined) continue;
      const daily = entry.budgets.dailyCost !== undefined;
      parts.push({ entry, day: daily ? dayAccount(entry, day) : undefined });
    }
    return parts;
  };
  const dayAccount = (entry: PromptEntry | RouteEntry, day: string): Account => {
    const known = ofToday.get(entry);
    if (known?.day === day && days.use(known.account)) return known.account;
    const account = days.open(`sluice/day/${day}/${entry.uid}`, KEEP_DAY_MS);
    ofToday.set(entry, { day, account });
    return account;
  };
  const isCounted = ({ prompt, route }: Draw, chain: ChainOfCall | undefined): boolean =>
    route.entry.budgets !== undefined ||
    prompt?.entry.budgets !== undefined ||
    (chain !== undefined && countsChains);
  const chainAccounts = (of: ChainOfCall | undefined): ChainAccounts | undefined => {
    if (of === undefined || !countsChains) return undefined;
    const key = `sluice/chain/${chainKey(of.caller, of.chain)}`;
    return {
      cost: chains.open(`${key}/cost`, KEEP_CHAIN_MS),
      ms: chains.open(`${key}/ms`, KEEP_CHAIN_MS),
    };
  };

  return {
    look(draw, { endpoint, chain }) {
      if (sharing === undefined || endpoint.free || !isCounted(draw, chain)) return undefined;
      const ofChain = chainAccounts(chain);
      const accounts = budgetedIn(draw, dayOf(now())).flatMap(({ day }) => (day === undefined ? [] : [day]));
      if (ofChain !== undefined) accounts.push(ofChain.cost, ofChain.ms);
      return sharing.look(accounts);
    },
    allow(draw, { endpoint, chain }) {
      if (!isCounted(draw, chain)) return undefined;
      const at = now();
      const parts = budgetedIn(draw, dayOf(at));
      if (endpoint.free) return freeAllowance(parts);
      const ofChain = chainAccounts(chain);
      return allowance(parts, ofChain, () => reachedBy(parts, ofChain, secondsLeft(at)), metrics);
    },
    allowCopy(draw) {
      const parts = budgetedIn(draw, dayOf(now())).filter(({ day }) => day !== undefined);
      if (parts.length === 0) return undefined;
      if (overBy(reachedBy(parts, undefined, 1)) !== undefined) return 'used up';
      return allowance(parts, undefined, () => [], metrics);
    },
    follow(table) {
      const entries = [...table.entries.values()];
      countsChains = entries.some(
        ({ budgets: limits }) => limits?.chainCost !== undefined || limits?.chainMs !== undefined,
      );
      metrics.follow(entries, (entry) => dayAccount(entry, dayOf(now())));
    },
    stop: async () => sharing?.stop(),
  };
}
