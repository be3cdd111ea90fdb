import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Family } from '../telemetry/otlp/metrics.ts';
import type { Fleet } from './fleet.ts';

/** The metrics of a primary, to be added to those of its workers. `dropped` says how many records it has lost itself. */
export function fleetMetrics(
  workers: number,
  fleet: Pick<Fleet, 'serving' | 'restarts'>,
  dropped: () => number,
): () => Promise<readonly Family[]> {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'sluice_gateway_workers',
    help: 'How many processes the gateway should have for callers.',
    registers,
  }).set(workers);
  new Gauge({
    name: 'sluice_gateway_workers_serving',
    help: 'How many of them serve.',
    registers,
    collect() {
      this.set(fleet.serving().length);
    },
  });
  let seen = 0;
  new Counter({
    name: 'sluice_gateway_worker_restarts_total',
    help: 'How often one of them has been started again.',
    registers,
    collect() {
      this.inc(fleet.restarts() - seen);
      seen = fleet.restarts();
    },
  });
  new Gauge({
    name: 'sluice_gateway_records_dropped',
    help: 'Call records lost since the start because their stream or file did not keep up or broke.',
    registers,
    collect() {
      this.set(dropped());
    },
  });
  return async () => (await registry.getMetricsAsJSON()) as Family[];
}
