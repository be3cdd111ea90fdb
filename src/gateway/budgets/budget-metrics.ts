import { Counter, Gauge, type Registry } from 'prom-client';
import { nameOf } from '../../api/resource.ts';
import type { Log } from '../../lib/log.ts';
import type { PromptEntry, RouteEntry } from '../table.ts';
import { type Account, sumOf } from './accounts.ts';
import type { Reached } from './room.ts';

type Entry = PromptEntry | RouteEntry;

export interface BudgetMetrics {
  /** A limit left no room for a call. Said in the log once a day. */
  reached(reached: Reached): void;
  /** A call that counts against a budget has a cost that nobody knows. */
  unpriced(entry: Entry): void;
  /** A call cost more than one may, as it turned out. */
  overran(entry: Entry): void;
  /** Shows what the entries of a table have spent. `accountOf` opens the account of the day. */
  follow(entries: readonly Entry[], accountOf: (entry: Entry) => Account): void;
}

const LIMITS = ['daily', 'call', 'chain'] as const;
const ACTIONS = ['warn', 'degrade', 'refuse'] as const;

/** Series of budgets, by release. `up` says whether the store answers; absent where there is none. `today` names the day. */
export function budgetMetrics(
  registry: Registry,
  log: Log,
  up: (() => boolean) | undefined,
  today: () => string,
): BudgetMetrics {
  const registers = [registry];
  const release = ['kind', 'namespace', 'release'] as const;
  const name = (suffix: string) => `sluice_gateway_budget_${suffix}`;
  const limited = new Counter({
    name: name('limited_total'),
    help: 'Calls that a limit left no room for, by limit and by what was done.',
    labelNames: [...release, 'limit', 'action'],
    registers,
  });
  const unpriced = new Counter({
    name: name('unpriced_total'),
    help: 'Calls that count against a budget of costs and whose cost is not known.',
    labelNames: release,
    registers,
  });
  const overran = new Counter({
    name: name('overrun_total'),
    help: 'Calls that came to cost more than perCallUSD.',
    labelNames: release,
    registers,
  });
  let shown: { entries: readonly Entry[]; accountOf: (entry: Entry) => Account } | undefined;
  const spent = new Gauge({
    name: name('spent_usd'),
    help: 'What calls have cost since the day (UTC) began, those under way as estimated.',
    labelNames: release,
    // Of several processes each shows the sum of all.
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const entry of shown?.entries ?? [])
        this.set(labelsOf(entry), sumOf(shown!.accountOf(entry)) / 1e6);
    },
  });
  const daily = new Gauge({
    name: name('daily_usd'),
    help: 'What calls may cost a day.',
    labelNames: release,
    aggregator: 'max',
    registers,
  });
  if (up !== undefined) {
    new Gauge({
      name: name('store_up'),
      help: '1 while replicas share one count, 0 while the store is away and each counts alone.',
      aggregator: 'min',
      registers,
      collect() {
        this.set(up() ? 1 : 0);
      },
    });
  }

  /** Limits that were said to have been reached today. */
  let said = new Set<string>();
  let saidOn = '';
  const isNew = (key: string): boolean => {
    const day = today();
    if (day !== saidOn) said = new Set();
    saidOn = day;
    const before = said.size;
    return said.add(key).size > before;
  };
  let known = new Map<string, Entry>();

  return {
    reached({ entry, limit, onLimit }) {
      limited.inc({ ...labelsOf(entry), limit, action: onLimit.toLowerCase() });
      if (!isNew(`${entry.uid}/${limit}`)) return;
      const { kind } = entry;
      log.warn({ kind, release: nameOf(entry), limit, onLimit }, 'a budget leaves no room for a call');
    },
    unpriced(entry) {
      unpriced.inc(labelsOf(entry));
      if (!isNew(`${entry.uid}/unpriced`)) return;
      const remedy = "give it in the ModelProvider's models[].pricesPerMillion";
      log.warn(
        { kind: entry.kind, release: nameOf(entry) },
        `a call with a budget has no known price: ${remedy}`,
      );
    },
    overran: (entry) => overran.inc(labelsOf(entry)),
    follow(entries, accountOf) {
      const budgeted = entries.filter(({ budgets }) => budgets !== undefined);
      const now = new Map(budgeted.map((entry) => [entry.uid, entry]));
      for (const [uid, entry] of known) {
        if (now.has(uid)) continue;
        const labels = labelsOf(entry);
        for (const limit of LIMITS)
          for (const action of ACTIONS) limited.remove({ ...labels, limit, action });
        unpriced.remove(labels);
        overran.remove(labels);
      }
      known = now;
      const withDaily = budgeted.filter(({ budgets }) => budgets!.dailyCost !== undefined);
      daily.reset();
      for (const entry of withDaily) daily.set(labelsOf(entry), entry.budgets!.dailyCost! / 1e6);
      shown = { entries: withDaily, accountOf };
      spent.reset();
    },
  };
}

function labelsOf({ kind, namespace, name }: Entry) {
  return { kind, namespace, release: name };
}
