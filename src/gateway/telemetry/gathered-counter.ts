import { Counter, type CounterConfiguration } from 'prom-client';

/** A counter that every call counts in, by labels and one value of another; no value where it has no other. */
export interface GatheredCounter<L extends object, V extends string | undefined> {
  inc(labels: L, value: V, by: number): void;
  remove(labels: L, value: V): void;
}

/**
 * A counter of prom-client's that is told when somebody looks at it: its way to a series takes several times what the rest of a
 * count does, and calls come oftener than looks.
 * @param label the label whose values are counted apart for the same labels, which are known by their object; undefined where
 * there is none but those
 */
export function gatheredCounter<L extends object, V extends string | undefined>(
  config: Omit<CounterConfiguration<string>, 'collect'>,
  label: string | undefined,
): GatheredCounter<L, V> {
  const seriesOf = (labels: L, value: V) => (label === undefined ? labels : { ...labels, [label]: value });
  let waiting = new Map<L, Map<V, number>>();
  const counter = new Counter({
    ...config,
    collect() {
      const gathered = waiting;
      waiting = new Map();
      for (const [labels, counts] of gathered)
        for (const [value, count] of counts) this.inc(seriesOf(labels, value), count);
    },
  });
  return {
    inc(labels, value, by) {
      let counts = waiting.get(labels);
      if (counts === undefined) {
        counts = new Map();
        waiting.set(labels, counts);
      }
      counts.set(value, (counts.get(value) ?? 0) + by);
    },
    remove(labels, value) {
      waiting.get(labels)?.delete(value);
      counter.remove(seriesOf(labels, value));
    },
  };
}
