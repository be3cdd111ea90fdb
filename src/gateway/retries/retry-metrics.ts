import { Counter, type Registry } from 'prom-client';
import type { BackendTarget, Table } from '../table.ts';

export interface RetryMetrics {
  /** Counts a retry by whether it was answered. */
  retried(backend: BackendTarget, answered: boolean): void;
  /** Counts a call that would have been retried but for the budget of its backend. */
  refused(backend: BackendTarget): void;
  /** Removes the series of models that no route asks any more. */
  follow(table: Table): void;
}

interface Labels {
  namespace: string;
  provider: string;
  model: string;
}

const RESULTS = ['answered', 'failed'] as const;

/** Series of retries, by provider and model as the resources name them. */
export function retryMetrics(registry: Registry): RetryMetrics {
  const registers = [registry];
  const labelNames = ['namespace', 'provider', 'model'] as const;
  const counted = new Map<string, Labels>();
  const retries = new Counter({
    name: 'sluice_gateway_retries_total',
    help: 'How often a model of a provider was asked again for a call that it had failed, by what came of it.',
    labelNames: [...labelNames, 'result'],
    registers,
  });
  const refused = new Counter({
    name: 'sluice_gateway_retries_refused_total',
    help: 'Failed calls that were not tried again since too many had been.',
    labelNames,
    registers,
  });
  const seen = (backend: BackendTarget): Labels => {
    const labels = labelsOf(backend);
    counted.set(keyOf(labels), labels);
    return labels;
  };

  return {
    retried(backend, answered) {
      retries.inc({ ...seen(backend), result: answered ? 'answered' : 'failed' });
    },
    refused: (backend) => refused.inc(seen(backend)),
    follow(table) {
      const there = new Set(backendsOf(table).map((backend) => keyOf(labelsOf(backend))));
      for (const [key, labels] of counted) {
        if (there.has(key)) continue;
        counted.delete(key);
        refused.remove(labels);
        for (const result of RESULTS) retries.remove({ ...labels, result });
      }
    },
  };
}

/** The backends of all routes, as often as they are in them. */
export function backendsOf(table: Table): BackendTarget[] {
  return [...table.entries.values()].flatMap((entry) =>
    entry.kind === 'ModelRoute' ? [entry.stable, entry.candidate].flatMap((arm) => arm?.backends ?? []) : [],
  );
}

const labelsOf = ({ provider: { namespace, name }, model }: BackendTarget): Labels => ({
  namespace,
  provider: name,
  model,
});

const keyOf = ({ namespace, provider, model }: Labels): string => `${namespace}/${provider} ${model}`;
