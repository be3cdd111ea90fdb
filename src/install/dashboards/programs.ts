import type { Dashboard } from './dashboard.ts';

const RATE = '[$__rate_interval]';
const OURS = 'job=~"$job"';

/** How the two programs are: who leads, what waits, what they ask of the API server and take of the machine. */
export const PROGRAMS: Dashboard = {
  uid: 'sluice-programs',
  title: 'Sluice / Programs',
  variables: { job: 'label_values({__name__=~"sluice_operator_leader|sluice_gateway_releases"}, job)' },
  panels: [
    {
      title: 'Operators that lead',
      description: 'One, unless a lease is being taken over.',
      unit: 'short',
      queries: [{ expr: `sum(sluice_operator_leader{${OURS}})`, legend: 'leaders' }],
    },
    {
      title: 'Passes that wait',
      description: 'Releases that the operator is due to look at and has not.',
      unit: 'short',
      queries: [{ expr: `sluice_operator_queue_depth{${OURS}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Passes',
      description: 'Looks of the operator each second, by result.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (kind, result) (rate(sluice_operator_reconcile_seconds_count{${OURS}}${RATE}))`,
          legend: '{{kind}} {{result}}',
        },
      ],
    },
    {
      title: 'Reads of evidence',
      description: 'Reads of what the gateways counted, each second; rollouts hold where they fail.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (result) (rate(sluice_operator_evidence_reads_total{${OURS}}${RATE}))`,
          legend: '{{result}}',
        },
      ],
    },
    {
      title: 'Requests to the API server',
      description: 'Requests of the operator each second, by verb and status; status 0: no answer.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (verb, status) (rate(sluice_api_server_requests_total{${OURS}}${RATE}))`,
          legend: '{{verb}} {{status}}',
        },
      ],
    },
    {
      title: 'Time from proof to stable',
      description:
        '95th percentile of the time from when the evidence sufficed to when every gateway served stable only.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.95, sum by (le) (rate(sluice_rollback_seconds_bucket{${OURS}}${RATE})))`,
          legend: 'p95',
        },
      ],
    },
    {
      title: 'Calls under way',
      description: 'Calls that each gateway is at.',
      unit: 'short',
      queries: [{ expr: `sluice_gateway_calls_in_flight{${OURS}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Releases that gateways serve',
      description: 'The same number for all, unless one of them lags behind.',
      unit: 'short',
      queries: [{ expr: `sluice_gateway_releases{${OURS}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Workers of gateways',
      description:
        'Processes that serve callers, of gateways that have several, and how often one was started again.',
      unit: 'short',
      queries: [
        { expr: `sluice_gateway_workers_serving{${OURS}}`, legend: '{{instance}} serving' },
        { expr: `sluice_gateway_worker_restarts_total{${OURS}}`, legend: '{{instance}} restarts' },
      ],
    },
    {
      title: 'Call records lost',
      description: 'Since the start: their stream did not keep up, or broke.',
      unit: 'short',
      queries: [{ expr: `sluice_gateway_records_dropped{${OURS}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Event loop',
      description: '99th percentile of how late the event loop is: above 0.1 s a process has too little CPU.',
      unit: 's',
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${OURS}}`, legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'CPU',
      description: 'Cores that each process uses.',
      unit: 'short',
      queries: [{ expr: `rate(process_cpu_seconds_total{${OURS}}${RATE})`, legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Memory',
      description: 'Resident memory of each process.',
      unit: 'bytes',
      queries: [{ expr: `process_resident_memory_bytes{${OURS}}`, legend: '{{job}} {{instance}}' }],
    },
  ],
};
