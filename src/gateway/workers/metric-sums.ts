import type { Family } from '../telemetry/otlp/metrics.ts';
import { newestHeard } from './newest-heard.ts';

/** The metrics of one process; absent families are those that it gave last. */
export interface ProcessMetrics {
  /** Of this run of the process: one that begins again has another. */
  id: string;
  families?: readonly Family[];
}

/** Makes one set of metrics of those of several processes. */
export interface MetricSums {
  /**
   * The metrics of all processes that run, the one named first as its own where only one can be right. What a process that is
   * not among them any more had counted when it was last read stays counted.
   */
  of(processes: readonly ProcessMetrics[]): Family[];
}

type Value = Family['values'][number];
/** The values of a family, by name and labels. */
type Series = Map<string, Value>;

/** A series that nobody shows any more goes after this long, as those of one process do. */
const KEPT_MS = 600_000;

/**
 * Counters and histograms are added up and never fall: Prometheus takes a fall for a restart and would count all that the
 * other processes had counted once more. Gauges are put together as each metric's `aggregator` says.
 * @param now milliseconds of a clock that never jumps
 */
export function metricSums(now: () => number = () => performance.now()): MetricSums {
  const last = new Map<string, readonly Family[]>();
  /** What was counted by series that their process does not show any more. */
  const kept = new Map<string, { family: Family; series: Map<string, { value: Value; shownAt: number }> }>();

  const keep = (family: Family, key: string, value: Value): void => {
    const of = kept.get(family.name) ?? { family, series: new Map() };
    kept.set(family.name, of);
    const before = of.series.get(key)?.value;
    of.series.set(key, { value: before === undefined ? value : added(before, value), shownAt: now() });
  };
  /** Keeps what `before` shows and `after` does not. */
  const keepGone = (before: readonly Family[], after: readonly Family[]): void => {
    const shown = new Map(after.map((family) => [family.name, seriesOf(family)]));
    for (const family of before.filter(isCumulative)) {
      for (const [key, value] of seriesOf(family))
        if (!shown.get(family.name)?.has(key)) keep(family, key, value);
    }
  };

  return {
    of(processes) {
      for (const { id, families } of processes) {
        if (families === undefined) continue;
        keepGone(last.get(id) ?? [], families);
        last.set(id, families);
      }
      const running = new Set(processes.map(({ id }) => id));
      for (const [id, families] of last) {
        if (running.has(id)) continue;
        keepGone(families, []);
        last.delete(id);
      }
      const all = processes.map(({ id }) => last.get(id) ?? []);
      const newest = newestHeard(all);
      const names = new Map(all.flat().map((family) => [family.name, family]));
      for (const { family } of kept.values()) if (!names.has(family.name)) names.set(family.name, family);
      return [...names.values()].map((family) => {
        const each = all.map((families) => families.find(({ name }) => name === family.name));
        const series = each.map((one): Series => (one === undefined ? new Map() : seriesOf(one)));
        if (!isCumulative(family)) return { ...family, values: newest(family.name) ?? level(family, series) };
        return { ...family, values: [...summed(series, family.name).values()] };
      });
    },
  };

  function summed(all: readonly Series[], name: string): Series {
    const sums: Series = new Map();
    for (const series of all) for (const [key, value] of series) add(sums, key, value);
    const gone = kept.get(name)?.series;
    for (const [key, each] of gone ?? []) {
      if (sums.has(key)) each.shownAt = now();
      if (now() - each.shownAt >= KEPT_MS) gone!.delete(key);
      else add(sums, key, each.value);
    }
    if (gone?.size === 0) kept.delete(name);
    return sums;
  }
}

/** What a gauge of several processes is. */
function level({ aggregator }: Family, all: readonly Series[]): Value[] {
  const keys = new Map(all.flatMap((series) => [...series]));
  return [...keys].map(([key, value]) => {
    const values = all.flatMap((series) => series.get(key)?.value ?? []);
    return { ...value, value: ONE_OF[aggregator ?? 'sum']!(values) };
  });
}

const ONE_OF: Record<string, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  // A mean would hide the one process that is behind.
  average: (values) => Math.max(...values),
  first: ([first]) => first!,
  // When this process began, for one.
  omit: ([first]) => first!,
};

// prom-client's types say a number here, and it gives a word.
const isCumulative = ({ type }: Family): boolean => ['counter', 'histogram'].includes(String(type));

function add(sums: Series, key: string, value: Value): void {
  const before = sums.get(key);
  sums.set(key, before === undefined ? value : added(before, value));
}

/** The sum, with the later of both examples. */
function added(one: Value, other: Value): Value {
  const [a, b] = [one.exemplar, other.exemplar];
  const exemplar = a == null || (b != null && b.timestamp > a.timestamp) ? b : a;
  return { ...one, value: one.value + other.value, ...(exemplar != null && { exemplar }) };
}

const keys = new WeakMap<Family, Series>();

function seriesOf(family: Family): Series {
  const known = keys.get(family);
  if (known !== undefined) return known;
  const series: Series = new Map(family.values.map((value) => [keyOf(value), value]));
  keys.set(family, series);
  return series;
}

function keyOf({ metricName = '', labels }: Value): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [metricName, ...pairs.sort()].join('\0');
}
