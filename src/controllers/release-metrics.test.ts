import { Registry } from 'prom-client';
import type { ReleaseStatus } from '../api/status.ts';
import { memoryStore } from '../store/memory.ts';
import { releaseMetrics } from './release-metrics.ts';

const OF = 'kind="PromptRelease",namespace="n",release="triage"';

function setUp(isLeader = true) {
  const store = memoryStore();
  const registry = new Registry();
  const it = { leads: isLeader };
  const stop = releaseMetrics(registry, store, () => it.leads);
  store.put({
    kind: 'PromptRelease',
    metadata: { name: 'triage', namespace: 'n' },
    spec: { routeRef: { name: 'fast' }, prompt: { messages: [{ role: 'system', content: 'hello' }] } },
  });
  const write = (status: ReleaseStatus) =>
    store.writeStatus(store.get('PromptRelease', 'n', 'triage')!, status);
  /** The lines of one metric. */
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));
  return { store, write, lines, stop, it };
}

const UNDER_WAY: ReleaseStatus = {
  phase: 'Progressing',
  stableRevision: 'triage-1',
  candidateRevision: 'triage-2',
  startedAt: '2026-01-01T00:00:00.000Z',
  step: { index: 0, count: 2, weight: 25 },
  guardrails: [{ name: 'errors', verdict: 'Inconclusive' }],
};
const rolledBack = (detectedAt: string, servedAt?: string): ReleaseStatus => ({
  phase: 'RolledBack',
  stableRevision: 'triage-1',
  rollback: {
    from: 'triage-2',
    to: 'triage-1',
    guardrail: 'errors',
    reason: '3 of 20 failed',
    detectedAt,
    ...(servedAt && { servedAt }),
    undo: 'kubectl …',
  },
});
const [AT_10, AT_12, AT_40] = ['10', '12', '40'].map((second) => `2026-01-01T00:00:${second}.000Z`) as [
  string,
  string,
  string,
];

test('a rollout under way is told of, and at rest nothing is left of it', async () => {
  const { write, lines } = setUp();
  await write(UNDER_WAY);
  expect(await lines('sluice_release_')).toEqual([
    `sluice_release_phase{${OF},phase="Progressing"} 1`,
    `sluice_release_candidate_weight_percent{${OF}} 25`,
    `sluice_release_rollout_started_timestamp_seconds{${OF}} ${Date.UTC(2026, 0, 1) / 1000}`,
    `sluice_release_guardrail{${OF},guardrail="errors",verdict="Inconclusive"} 1`,
  ]);
  await write({ phase: 'Healthy', stableRevision: 'triage-2' });
  expect(await lines('sluice_release_')).toEqual([`sluice_release_phase{${OF},phase="Healthy"} 1`]);
});

test('each rollback is counted once, with the time until it was served', async () => {
  const { write, lines, store } = setUp();
  await write(rolledBack(AT_10));
  await write(rolledBack(AT_10, AT_12));
  await write(rolledBack(AT_10, AT_12));
  expect(await lines('sluice_rollbacks_total')).toEqual([
    `sluice_rollbacks_total{${OF},guardrail="errors"} 1`,
  ]);
  expect(await lines('sluice_rollback_seconds_sum')).toEqual(['sluice_rollback_seconds_sum 2']);
  await write(rolledBack(AT_40, AT_40));
  expect(await lines('sluice_rollbacks_total')).toEqual([
    `sluice_rollbacks_total{${OF},guardrail="errors"} 2`,
  ]);
  store.remove('PromptRelease', 'n', 'triage');
  expect(await lines('sluice_rollbacks_total')).toEqual([]);
});

test('who does not lead tells and counts nothing, nor what happened before it led', async () => {
  const { write, lines, it } = setUp(false);
  await write(UNDER_WAY);
  await write(rolledBack(AT_10, AT_12));
  it.leads = true;
  await write({ ...rolledBack(AT_10, AT_12), message: 'as before' });
  expect(await lines('sluice_rollbacks_total')).toEqual([]);
  expect(await lines('sluice_release_phase')).toEqual([`sluice_release_phase{${OF},phase="RolledBack"} 1`]);
  it.leads = false;
  expect(await lines('sluice_release_')).toEqual([]);
});
