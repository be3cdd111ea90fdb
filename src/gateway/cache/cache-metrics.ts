import { Counter, Gauge, type Registry } from 'prom-client';
import type { PromptEntry, RouteEntry, Table } from '../table.ts';
import type { AnswerCache } from './answer-cache.ts';

/** What a call came to: answered from the cache, looked for and not found, or not looked for. */
export type CacheResult = 'hit' | 'miss' | 'bypass';

export interface CacheMetrics {
  /** Counts a call of a release whose answers may be given again. */
  told(entry: Entry, result: CacheResult): void;
  /** Counts what a hit would have cost, in millionths of a USD. */
  saved(entry: Entry, cost: number): void;
  /** Counts an answer that was stored. */
  stored(entry: Entry): void;
  /** Removes the series of releases that are gone. */
  follow(table: Table): void;
}

type Entry = PromptEntry | RouteEntry;

const RESULTS: readonly CacheResult[] = ['hit', 'miss', 'bypass'];

/** Series of the cache, by the release that was called. */
export function cacheMetrics(registry: Registry, cache: Pick<AnswerCache, 'size' | 'sweep'>): CacheMetrics {
  const registers = [registry];
  const release = ['kind', 'namespace', 'release'] as const;
  const name = (suffix: string) => `sluice_gateway_cache_${suffix}`;
  const calls = new Counter({
    name: name('total'),
    help: 'Calls that may be answered from the cache, by whether they were: hit, miss, or bypass where it was not looked for.',
    labelNames: [...release, 'result'],
    registers,
  });
  const stored = new Counter({
    name: name('stored_total'),
    help: 'Answers that were stored.',
    labelNames: release,
    registers,
  });
  const saved = new Counter({
    name: name('saved_usd_total'),
    help: 'What hits would have cost at the price of now, where that is known.',
    labelNames: release,
    registers,
  });
  new Gauge({
    name: name('answers'),
    help: 'Answers that are kept.',
    registers,
    collect() {
      cache.sweep();
      this.set(cache.size().answers);
    },
  });
  new Gauge({
    name: name('bytes'),
    help: 'What the answers that are kept take.',
    registers,
    collect() {
      this.set(cache.size().bytes);
    },
  });
  new Gauge({
    name: name('evicted'),
    help: 'Answers that went before their time since the start, for want of room.',
    registers,
    collect() {
      this.set(cache.size().evicted);
    },
  });

  /** By uid, so that what goes takes its series along. */
  const seen = new Map<string, ReturnType<typeof labelsOf>>();
  const of = (entry: Entry) => {
    const known = seen.get(entry.uid);
    if (known !== undefined) return known;
    const labels = labelsOf(entry);
    seen.set(entry.uid, labels);
    return labels;
  };

  return {
    told: (entry, result) => calls.inc({ ...of(entry), result }),
    saved: (entry, cost) => saved.inc(of(entry), cost / 1e6),
    stored: (entry) => stored.inc(of(entry)),
    follow({ entries }) {
      for (const [uid, labels] of seen) {
        if (entries.has(uid)) continue;
        seen.delete(uid);
        for (const result of RESULTS) calls.remove({ ...labels, result });
        stored.remove(labels);
        saved.remove(labels);
      }
    },
  };
}

const labelsOf = ({ kind, namespace, name }: Entry) => ({ kind, namespace, release: name });
