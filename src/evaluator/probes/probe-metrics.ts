import { Gauge, type Registry } from 'prom-client';
import type { Probe } from '../../api/model-provider.ts';
import type { Source } from '../../store/store.ts';

/** Shows what came of the last probe of each model, as the providers' status says it, where `shown`. */
export function probeMetrics(registry: Registry, source: Source, shown: () => boolean = () => true): void {
  const gauge = (name: string, help: string, valueIn: (probe: Probe) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'provider', 'model'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { metadata, status } of shown() ? source.list('ModelProvider') : []) {
          for (const probe of status.probes ?? []) {
            const labels = { namespace: metadata.namespace, provider: metadata.name, model: probe.model };
            const value = valueIn(probe);
            if (value !== undefined) this.set(labels, value);
          }
        }
      },
    });
  gauge('sluice_probe_success', 'Whether the model answered its last probe.', ({ result }) =>
    result === 'Works' ? 1 : 0,
  );
  gauge(
    'sluice_probe_seconds',
    'How long the model took to answer its last probe, where it did.',
    ({ latencyMs }) => (latencyMs === undefined ? undefined : latencyMs / 1_000),
  );
}
