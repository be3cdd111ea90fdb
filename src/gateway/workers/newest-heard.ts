import { RATE_LIMIT_AGE } from '../rate-limits.ts';
import type { Family } from '../telemetry/otlp/metrics.ts';

type Value = Family['values'][number];

const HEARD = new Set(['sluice_gateway_rate_limit', 'sluice_gateway_rate_limit_remaining']);

/**
 * What providers said last of their limits on rates, of what several processes were told: a sum of what is left, or the least
 * of it, would be wrong. For any other metric the answer is undefined.
 */
export function newestHeard(all: readonly (readonly Family[])[]): (name: string) => Value[] | undefined {
  const heard = new Map<string, { age: number; at: number }>();
  for (const [at, families] of all.entries()) {
    for (const { labels, value } of valuesOf(families, RATE_LIMIT_AGE)) {
      const before = heard.get(keyOf(labels));
      if (before === undefined || value < before.age) heard.set(keyOf(labels), { age: value, at });
    }
  }
  return (name) => {
    if (!HEARD.has(name)) return undefined;
    return all.flatMap((families, at) =>
      valuesOf(families, name).filter(({ labels }) => heard.get(keyOf(labels))?.at === at),
    );
  };
}

const valuesOf = (families: readonly Family[], name: string): readonly Value[] =>
  families.find((family) => family.name === name)?.values ?? [];

const keyOf = ({ namespace, provider, model }: Value['labels']): string =>
  JSON.stringify([namespace, provider, model]);
