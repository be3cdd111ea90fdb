import type { Dashboard } from './dashboard.ts';

const CHOSEN = 'namespace=~"$namespace",suite=~"$suite"';
const RATE = '[$__rate_interval]';
const OF_RELEASE = '{{suite}}: {{kind}} {{release}}';
const SUITE = '{{namespace}}/{{suite}}';

/** What suites find in production: scheduled runs, scores of live calls, what has shifted, and what all that costs. */
export const EVALS: Dashboard = {
  uid: 'sluice-evals',
  title: 'Sluice / Evals',
  variables: {
    namespace: 'label_values({__name__=~"sluice_eval_.+"}, namespace)',
    suite: 'label_values({__name__=~"sluice_eval_.+",namespace=~"$namespace"}, suite)',
  },
  panels: [
    {
      title: 'Score of what serves',
      description: 'Mean score of the last scheduled run, 0 to 1.',
      unit: 'short',
      queries: [{ expr: `sluice_eval_score{${CHOSEN}}`, legend: OF_RELEASE }],
    },
    {
      title: 'Answers that passed',
      description: 'Share of the answers of the last scheduled run.',
      unit: 'percentunit',
      queries: [{ expr: `sluice_eval_passed_ratio{${CHOSEN}}`, legend: OF_RELEASE }],
    },
    {
      title: 'Drifted',
      description: '1 where scheduled runs have drifted from their reference.',
      unit: 'short',
      queries: [{ expr: `sluice_eval_drifted{${CHOSEN}}`, legend: OF_RELEASE }],
    },
    {
      title: 'Shifted',
      description:
        '1 where live calls are unlike their reference: their inputs, their answers, or the feedback on them.',
      unit: 'short',
      queries: [{ expr: `sluice_eval_shifted{${CHOSEN}}`, legend: `${OF_RELEASE}, {{of}}` }],
    },
    {
      title: 'Scheduled runs',
      description: 'Runs of the last day by verdict; Error: it could not be told.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (namespace, suite, verdict) (increase(sluice_eval_runs_total{${CHOSEN}}[1d]))`,
          legend: `${SUITE} {{verdict}}`,
        },
      ],
    },
    {
      title: 'Live answers',
      description: 'Answers to live calls each second, by what became of them; dropped ones were not scored.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (namespace, suite, result) (rate(sluice_eval_live_answers_total{${CHOSEN}}${RATE}))`,
          legend: `${SUITE} {{result}}`,
        },
      ],
    },
    {
      title: 'Cost of scheduled runs',
      description: 'USD of the last day, answers and judge, where prices are known.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (namespace, suite) (increase(sluice_eval_cost_usd_total{${CHOSEN}}[1d]))`,
          legend: SUITE,
        },
      ],
    },
    {
      title: 'Cost of scoring live calls',
      description: 'USD of the last day that judges cost, where prices are known.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (namespace, suite) (increase(sluice_eval_live_cost_usd_total{${CHOSEN}}[1d]))`,
          legend: SUITE,
        },
      ],
    },
  ],
};
