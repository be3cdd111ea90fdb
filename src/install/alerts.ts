interface Alert {
  alert: string;
  expr: string;
  /** How long it must hold; left out: at once. */
  for?: string;
  labels: { severity: 'critical' | 'warning' };
  annotations: { summary: string; description: string };
}

const RELEASE = '{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.release }}';
const FAILED = 'upstream_5xx|timeout|stream_interrupted|gateway_error';

const ALERTS: readonly Alert[] = [
  {
    alert: 'SluiceRolledBack',
    expr: 'sluice_release_phase{phase="RolledBack"} == 1',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${RELEASE} was rolled back`,
      description:
        'Stable serves every call. status.rollback says what was measured and how to undo it; the alert ends when the spec changes.',
    },
  },
  {
    alert: 'SluiceRolloutPaused',
    expr: 'sluice_release_phase{phase="Paused"} == 1',
    for: '1h',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${RELEASE} has waited for a person for an hour`,
      description: 'status.message says for what. Promote it, abort it, or unpause it.',
    },
  },
  {
    alert: 'SluiceRolloutWithoutData',
    expr: 'sluice_release_guardrail{verdict="NoData"} == 1',
    for: '30m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${RELEASE} has had no data for guardrail {{ $labels.guardrail }} for 30 minutes`,
      description:
        'The rollout does not go on. Either the candidate gets no calls, or status.guardrails says what cannot be read.',
    },
  },
  {
    alert: 'SluiceDrifted',
    expr: 'sluice_eval_drifted == 1 or sluice_eval_shifted == 1',
    labels: { severity: 'warning' },
    annotations: {
      summary: `${RELEASE} has drifted from the reference of suite {{ $labels.suite }}`,
      description:
        'What serves has not been changed: look at the provider and its model, or at what callers ask. status.schedules of the EvalSuite says what it scored, then and now; status.watched what live calls are like.',
    },
  },
  {
    alert: 'SluiceInvalid',
    expr: 'sluice_release_phase{phase="Invalid"} == 1',
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `What ${RELEASE} asks for cannot be served`,
      description:
        'Stable goes on serving. The condition Stalled names the field, the reason and the remedy.',
    },
  },
  {
    alert: 'SluiceCallsFail',
    expr:
      `sum by (kind, namespace, release) (rate(sluice_gateway_calls_total{outcome=~"${FAILED}"}[5m]))` +
      ' / sum by (kind, namespace, release) (rate(sluice_gateway_calls_total[5m])) > 0.05',
    for: '10m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `{{ $value | humanizePercentage }} of the calls of ${RELEASE} fail`,
      description:
        'Both revisions fail alike, or the candidate would have been taken back: look at the provider, and at the outcomes in sluice_gateway_calls_total.',
    },
  },
  {
    alert: 'SluiceNoLeader',
    expr: 'absent(sluice_operator_leader == 1)',
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'No operator of Sluice leads',
      description:
        'Gateways serve on as they are; nothing is rolled out, and nothing is taken back. See that the operator runs, is scraped, and may write its Lease.',
    },
  },
  {
    alert: 'SluiceEvidenceUnreadable',
    expr:
      'rate(sluice_operator_evidence_reads_total{result="failed"}[5m])' +
      ' / ignoring (result) sum without (result) (rate(sluice_operator_evidence_reads_total[5m])) > 0.5',
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The operator of Sluice cannot read what the gateways count',
      description:
        'Rollouts do not go on, and bad candidates are not taken back. See that every gateway is up, and that a NetworkPolicy lets the operator to its admin port.',
    },
  },
  {
    alert: 'SluiceWorkersMissing',
    expr: 'sluice_gateway_workers_serving < sluice_gateway_workers',
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'Gateway {{ $labels.instance }} of Sluice has fewer processes than it should',
      description:
        'The others serve its callers. It starts one that has died again, later each time: see its log for why it dies.',
    },
  },
  {
    alert: 'SluiceNoGateway',
    expr: 'absent(sluice_gateway_releases)',
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'No gateway of Sluice is there',
      description: 'Callers get no answer, unless it is only that the gateways are not scraped.',
    },
  },
];

/** The `spec` of the PrometheusRule. */
export const ALERT_RULES = { groups: [{ name: 'sluice', rules: ALERTS }] } as const;
