import { Counter, Gauge, type Registry } from 'prom-client';
import type { BackendTarget } from '../table.ts';
import type { BreakerState } from './breakers.ts';

export interface BreakerMetrics {
  /** Counts a breaker that opened, a failed trial included. */
  opened(backend: BackendTarget): void;
  /** Removes the series of models that no route asks any more. */
  follow(states: readonly BreakerState[]): void;
}

/** Series of breakers, by provider and model as the resources name them. */
export function breakerMetrics(registry: Registry, states: () => readonly BreakerState[]): BreakerMetrics {
  const registers = [registry];
  const labelNames = ['namespace', 'provider', 'model'] as const;
  const counted = new Map<string, Omit<BreakerState, 'open'>>();
  const opened = new Counter({
    name: 'sluice_gateway_breaker_opened_total',
    help: 'How often a breaker has opened, failed trials included.',
    labelNames,
    registers,
  });
  new Gauge({
    name: 'sluice_gateway_breaker_open',
    help: 'Whether calls pass this model of the provider over: 1 while its breaker is open or on trial.',
    labelNames,
    // Of several processes each has breakers of its own.
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { open, ...labels } of states()) this.set(labels, open ? 1 : 0);
    },
  });

  return {
    opened({ provider: { namespace, name }, model }) {
      const labels = { namespace, provider: name, model };
      counted.set(keyOf(labels), labels);
      opened.inc(labels);
    },
    follow(now) {
      const there = new Set(now.map(keyOf));
      for (const [key, labels] of counted) {
        if (there.has(key)) continue;
        counted.delete(key);
        opened.remove(labels);
      }
    },
  };
}

const keyOf = ({ namespace, provider, model }: Omit<BreakerState, 'open'>): string =>
  `${namespace}/${provider} ${model}`;
