import type { Registry } from 'prom-client';
import type { Random } from '../../lib/random.ts';
import { pause, systemTimers, type Timers } from '../../lib/timers.ts';
import type { BackendTarget, Table } from '../table.ts';
import { type RetryBudget, retryBudget } from './retry-budget.ts';
import { backendsOf, retryMetrics } from './retry-metrics.ts';

/** What all calls of a gateway share of their retries. */
export interface Retries {
  /** Counts a call that asks a backend in its turn, for a share of which there are retries. */
  asked(backend: BackendTarget): void;
  /** Takes leave to ask a backend again; counts where there is none. */
  take(backend: BackendTarget): boolean;
  /** Counts what a retry came to. */
  retried(backend: BackendTarget, answered: boolean): void;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  random: Random;
  /** Forgets the backends that are in no route any more. */
  follow(table: Table): void;
}

export interface RetriesOptions {
  registry: Registry;
  /** Milliseconds of a clock that never jumps. */
  now?: (() => number) | undefined;
  random?: Random | undefined;
  timers?: Timers;
}

/** A budget of retries for each model of each provider, whichever routes ask it. */
export function retries(options: RetriesOptions): Retries {
  const { registry, now = () => performance.now(), random = Math.random, timers = systemTimers } = options;
  const metrics = retryMetrics(registry);
  const kept = new Map<string, RetryBudget>();
  /** The backends of a table stay the same objects: no key is made for each call. */
  let known = new WeakMap<BackendTarget, RetryBudget>();

  const budgetOf = (backend: BackendTarget): RetryBudget => {
    const before = known.get(backend);
    if (before !== undefined) return before;
    const id = idOf(backend);
    const one = kept.get(id) ?? retryBudget(now);
    kept.set(id, one);
    known.set(backend, one);
    return one;
  };

  return {
    asked: (backend) => budgetOf(backend).asked(),
    take(backend) {
      const has = budgetOf(backend).take();
      if (!has) metrics.refused(backend);
      return has;
    },
    retried: metrics.retried,
    wait: (ms, signal) => pause(ms, timers, signal),
    random,
    follow(table) {
      metrics.follow(table);
      const there = new Set(backendsOf(table).map(idOf));
      for (const id of kept.keys()) if (!there.has(id)) kept.delete(id);
      known = new WeakMap();
    },
  };
}

const idOf = ({ provider, model }: BackendTarget): string =>
  [provider.namespace, provider.name, provider.origin, provider.basePath, model].join('\t');
