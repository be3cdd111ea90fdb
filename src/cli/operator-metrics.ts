import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ControllerOptions } from '../controllers/runner.ts';
import type { EvidenceSource } from '../evidence/source.ts';

export interface OperatorMetrics {
  registry: Registry;
  /** Counts a request to the API server. */
  call(call: { verb: string; status: number }): void;
  /** Counts a pass of a controller. */
  pass: NonNullable<ControllerOptions['onPass']>;
  /** `source`, with its reads counted. */
  counted(source: EvidenceSource): EvidenceSource;
}

/** Metrics of the operator's process; `leads` and `depth` are asked at each scrape. */
export function operatorMetrics(leads: () => boolean, depth: () => number): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const calls = new Counter({
    name: 'sluice_api_server_requests_total',
    help: 'Requests to the API server; status 0 where no answer came.',
    labelNames: ['verb', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sluice_operator_reconcile_seconds',
    help: 'Time that passes took, by kind and result.',
    labelNames: ['kind', 'result'],
    buckets: [0.001, 0.01, 0.1, 1, 10],
    registers,
  });
  const reads = new Counter({
    name: 'sluice_operator_evidence_reads_total',
    help: 'Reads of what the gateways counted, one for each look at a rollout; failed where any gateway could not be read.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['read', 'failed']) reads.inc({ result }, 0);
  gauge('sluice_operator_leader', 'Whether this operator leads.', () => (leads() ? 1 : 0));
  gauge('sluice_operator_queue_depth', 'Passes that are due and have not begun.', depth);

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }

  return {
    registry,
    call: ({ verb, status }) => calls.inc({ verb, status }),
    pass: ({ name: kind, result, ms }) => seconds.observe({ kind, result }, ms / 1000),
    counted: (source) => ({
      async read(uids) {
        try {
          const readings = await source.read(uids);
          reads.inc({ result: 'read' });
          return readings;
        } catch (error) {
          reads.inc({ result: 'failed' });
          throw error;
        }
      },
    }),
  };
}
