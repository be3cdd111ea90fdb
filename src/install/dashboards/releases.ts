import type { Dashboard } from './dashboard.ts';

const CHOSEN = 'namespace=~"$namespace",release=~"$release"';
const RATE = '[$__rate_interval]';
const FAILED = 'upstream_5xx|timeout|stream_interrupted|schema_invalid|truncated|refusal';
const REVISION = '{{revision}}';
const RELEASE = '{{namespace}}/{{release}}';

const rate = (metric: string, by: string, more = ''): string =>
  `sum by (${by}) (rate(sluice_gateway_${metric}{${CHOSEN}${more}}${RATE}))`;
const quantile = (q: number, metric: string): string =>
  `histogram_quantile(${q}, ${rate(`${metric}_bucket`, 'le, revision')})`;

/** Calls that a revision was tried for: those that it answered, and those that stable then rescued. */
const attempts = (more = ''): string => {
  const of = (metric: string) =>
    `label_replace(rate(sluice_gateway_${metric}{${CHOSEN}${more}}${RATE}), "of", "${metric}", "", "")`;
  return `sum by (revision) (${of('calls_total')} or ${of('rescues_total')})`;
};
const tried = attempts();
const wrong = attempts(`,outcome=~"${FAILED}"`);

/** What releases do: their calls, revision by revision, and how far rollouts are. */
export const RELEASES: Dashboard = {
  uid: 'sluice-releases',
  title: 'Sluice / Releases',
  variables: {
    namespace: 'label_values(sluice_release_phase, namespace)',
    release: 'label_values(sluice_release_phase{namespace=~"$namespace"}, release)',
  },
  panels: [
    {
      title: 'Calls by revision',
      description: 'Calls answered each second, by the revision that answered.',
      unit: 'reqps',
      queries: [{ expr: rate('calls_total', 'revision'), legend: REVISION }],
    },
    {
      title: 'Calls that went wrong, by revision',
      description:
        'Share of calls that failed, were refused, cut short, or broke their schema, those that stable rescued included.',
      unit: 'percentunit',
      queries: [{ expr: `${wrong} / ${tried} or 0 * ${tried}`, legend: REVISION }],
    },
    {
      title: 'Outcomes',
      description: 'Calls each second by how they ended.',
      unit: 'reqps',
      queries: [{ expr: rate('calls_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      title: 'Calls that stable rescued',
      description: 'Calls that failed on a candidate before its first byte, and that stable answered.',
      unit: 'reqps',
      queries: [{ expr: rate('rescues_total', 'revision'), legend: REVISION }],
    },
    {
      title: 'Time to the whole answer',
      description: 'Median and 95th percentile, by revision.',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'call_duration_seconds'), legend: `${REVISION} p50` },
        { expr: quantile(0.95, 'call_duration_seconds'), legend: `${REVISION} p95` },
      ],
    },
    {
      title: 'Time to the first byte of streams',
      description: 'Median and 95th percentile, by revision.',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'first_token_seconds'), legend: `${REVISION} p50` },
        { expr: quantile(0.95, 'first_token_seconds'), legend: `${REVISION} p95` },
      ],
    },
    {
      title: 'Tokens',
      description: 'Tokens each second, as providers report them.',
      unit: 'short',
      queries: [{ expr: rate('tokens_total', 'revision, direction'), legend: `${REVISION} {{direction}}` }],
    },
    {
      title: 'Cost',
      description: 'USD a day at the rate of now, by revision, of calls whose tokens and price are known.',
      unit: 'short',
      queries: [{ expr: `86400 * ${rate('cost_usd_total', 'revision')}`, legend: REVISION }],
    },
    {
      title: 'Calls of unknown cost',
      description:
        'Calls each second that providers answered and whose cost is not known: no price (give it in the ModelProvider), or no usage.',
      unit: 'reqps',
      queries: [{ expr: rate('calls_unpriced_total', 'release, reason'), legend: '{{release}} {{reason}}' }],
    },
    {
      title: 'Answers from the cache',
      description:
        'Calls each second of releases whose route has a cache, by whether they were answered from it.',
      unit: 'reqps',
      queries: [{ expr: rate('cache_total', 'release, result'), legend: '{{release}} {{result}}' }],
    },
    {
      title: 'Saved by the cache',
      description: 'USD a day at the rate of now that calls answered from the cache would have cost.',
      unit: 'short',
      queries: [{ expr: `86400 * ${rate('cache_saved_usd_total', 'release')}`, legend: '{{release}}' }],
    },
    {
      title: 'Feedback',
      description: 'What callers said of answers, each second.',
      unit: 'short',
      queries: [{ expr: rate('feedback_total', 'revision, feedback'), legend: `${REVISION} {{feedback}}` }],
    },
    {
      title: 'Share of the candidate',
      description: 'Percent of calls that each candidate gets.',
      unit: 'percent',
      queries: [{ expr: `sluice_release_candidate_weight_percent{${CHOSEN}}`, legend: RELEASE }],
    },
    {
      title: 'Guardrails',
      description: 'How many guardrails of rollouts under way say what.',
      unit: 'short',
      queries: [{ expr: `sum by (verdict) (sluice_release_guardrail{${CHOSEN}})`, legend: '{{verdict}}' }],
    },
    {
      title: 'Phases',
      description: 'How many releases and routes are in each phase.',
      unit: 'short',
      queries: [{ expr: `sum by (phase) (sluice_release_phase{${CHOSEN}})`, legend: '{{phase}}' }],
    },
    {
      title: 'Rollbacks',
      description: 'Candidates that were taken back since the operator started, by guardrail.',
      unit: 'short',
      queries: [{ expr: `sum by (guardrail) (sluice_rollbacks_total{${CHOSEN}})`, legend: '{{guardrail}}' }],
    },
  ],
};
