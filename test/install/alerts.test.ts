import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERT_RULES } from '../../src/install/alerts.ts';
import { run } from '../control-plane/run.ts';
import { promtoolProgram } from '../prometheus/program.ts';
import { root } from './chart.ts';

const RULES = join(root, 'charts/sluice/files/alerts.yaml');

let promtool: string;
beforeAll(async () => {
  promtool = await promtoolProgram();
}, 240_000);

const OF = 'kind="PromptRelease",namespace="support",release="triage"';
/** The processes are well, as far as other alerts look. */
const WELL = {
  'sluice_operator_leader{instance="a"}': '1x200',
  'sluice_gateway_releases{instance="b"}': '2x200',
};
const calls = (outcome: string) =>
  `sluice_gateway_calls_total{${OF},revision="triage-1",outcome="${outcome}"}`;
const reads = (result: string) => `sluice_operator_evidence_reads_total{instance="a",result="${result}"}`;

interface Case {
  /** Series a minute: `0+60x100` counts 60 up each minute, `_` is no sample. */
  series: Record<string, string>;
  /** When it does not fire yet, or any more, and when it does. */
  quiet: string;
  fires: string;
}

const CASES: Record<string, Case> = {
  SluiceRolledBack: {
    series: { ...WELL, [`sluice_release_phase{${OF},phase="RolledBack"}`]: '_x4 1x20' },
    quiet: '3m',
    fires: '6m',
  },
  SluiceRolloutPaused: {
    series: { ...WELL, [`sluice_release_phase{${OF},phase="Paused"}`]: '1x200' },
    quiet: '59m',
    fires: '61m',
  },
  SluiceRolloutWithoutData: {
    series: {
      ...WELL,
      [`sluice_release_guardrail{${OF},guardrail="errors",verdict="NoData"}`]: '1x200',
      [`sluice_release_guardrail{${OF},guardrail="refusals",verdict="Pass"}`]: '1x200',
    },
    quiet: '29m',
    fires: '31m',
  },
  SluiceDrifted: {
    series: { ...WELL, [`sluice_eval_drifted{${OF},suite="tickets"}`]: '0x4 1x20' },
    quiet: '3m',
    fires: '6m',
  },
  SluiceInvalid: {
    series: { ...WELL, [`sluice_release_phase{${OF},phase="Invalid"}`]: '1x200' },
    quiet: '9m',
    fires: '11m',
  },
  SluiceCallsFail: {
    // 4 % fail for half an hour, and then 10 %.
    series: { ...WELL, [calls('success')]: '0+600x200', [calls('upstream_5xx')]: '0+25x30 750+66x170' },
    quiet: '30m',
    fires: '50m',
  },
  SluiceNoLeader: {
    series: { ...WELL, 'sluice_operator_leader{instance="a"}': '1x10 0x100' },
    quiet: '11m',
    fires: '14m',
  },
  SluiceEvidenceUnreadable: {
    series: { ...WELL, [reads('read')]: '0+60x20 1200+0x100', [reads('failed')]: '0+1x20 20+60x100' },
    quiet: '20m',
    fires: '32m',
  },
  SluiceWorkersMissing: {
    // One is started again within two minutes, and later not at all.
    series: {
      ...WELL,
      'sluice_gateway_workers{instance="b"}': '2x200',
      'sluice_gateway_workers_serving{instance="b"}': '2x10 1 1 2x20 1x100',
    },
    quiet: '30m',
    fires: '45m',
  },
  SluiceNoGateway: {
    series: { ...WELL, 'sluice_gateway_releases{instance="b"}': '2x10' },
    quiet: '15m',
    fires: '20m',
  },
};

/** An alert that more than one metric fires. */
const OF_CALLS: Case = {
  series: { ...WELL, [`sluice_eval_shifted{${OF},suite="tickets",of="inputs"}`]: '0x4 1x20' },
  quiet: '3m',
  fires: '6m',
};

test('promtool has nothing against the rules', async () => {
  const { code, stdout, stderr } = await run(promtool, ['check', 'rules', '--lint-fatal', RULES]);
  expect(stderr).toBe('');
  expect(stdout).toContain(`SUCCESS: ${ALERT_RULES.groups[0].rules.length} rules found`);
  expect(code).toBe(0);
});

test('each alert is tried', () => {
  expect(Object.keys(CASES).sort()).toEqual(ALERT_RULES.groups[0].rules.map(({ alert }) => alert).sort());
});

const tried: [string, Case][] = [...Object.entries(CASES), ['SluiceDrifted', OF_CALLS]];
test.each(tried)('%s fires when it should, and alone', async (name, { series, quiet, fires }) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-alerts-'));
  try {
    const firing = (at: string) => ({
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: at,
      exp_samples: at === fires ? [{ labels: `{alertname="${name}"}`, value: 1 }] : [],
    });
    const file = join(directory, 'test.yaml');
    const input = Object.entries(series).map(([each, values]) => ({ series: each, values }));
    const tests = [{ interval: '1m', input_series: input, promql_expr_test: [firing(quiet), firing(fires)] }];
    await writeFile(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '30s', tests }));
    const { code, stdout, stderr } = await run(promtool, ['test', 'rules', file]);
    expect(code === 0 || `${stdout}${stderr}`).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
});
