import { Registry } from 'prom-client';
import { withStable } from '../../test/controllers/world.ts';
import { eventually } from '../../test/eventually.ts';
import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { settle } from '../lib/manual-timers.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import type { MemoryStore } from '../store/memory.ts';
import { type Evaluator, startEvaluator } from './evaluator.ts';
import { scheduleMetrics } from './schedule-metrics.ts';
import { startSchedules } from './schedules.ts';

let simulator: Simulator;
let schedules: Pick<Evaluator, 'stop'>;
afterEach(async () => {
  await schedules.stop();
  await simulator.close();
});

/** A release that serves, answered by a simulator, and a suite that asks it every six hours. */
async function started(
  rules: Parameters<typeof startSimulator>[0]['rules'],
  start: (store: MemoryStore, registry: Registry) => typeof schedules = (store, registry) =>
    startSchedules({ store, onRun: scheduleMetrics(registry, store) }),
) {
  const registry = new Registry();
  const { it, good } = await withStable();
  simulator = await startSimulator({ rules, seed: 3 });
  it.store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: {
      dialect: 'OpenAI',
      baseURL: simulator.baseURL,
      models: [{ name: 'm', pricesPerMillion: { input: '1000', output: '1000' } }],
    },
  });
  schedules = start(it.store, registry);
  const suite = (name: string, over: Partial<EvalSuiteSpec> = {}) =>
    it.store.put({
      kind: 'EvalSuite',
      metadata: { name, namespace: 'n' },
      spec: {
        cases: [
          { messages: [{ role: 'user', content: 'a' }] },
          { messages: [{ role: 'user', content: 'b' }] },
        ],
        assert: [{ type: 'contains', value: 'billing' }],
        schedule: { every: '6h', releases: [{ kind: 'PromptRelease', name: 'triage' }] },
        ...over,
      },
    });
  const known = (name: string) => it.store.get('EvalSuite', 'n', name)?.status.schedules;
  return { it, good, registry, suite, known };
}

test('a suite is run when it comes and when another revision serves; metrics show what came of it', async () => {
  const { it, good, registry, suite, known } = await started([{ answer: 'billing' }]);
  suite('tickets');
  await eventually('the first run', () => known('tickets')?.[0]?.revision === good);
  const text = await registry.metrics();
  const labels = 'namespace="n",suite="tickets",kind="PromptRelease",release="triage"';
  for (const line of [
    `sluice_eval_score{${labels}} 1`,
    `sluice_eval_passed_ratio{${labels}} 1`,
    `sluice_eval_drifted{${labels}} 0`,
    `sluice_eval_runs_total{${labels},verdict="Pass"} 1`,
  ]) {
    expect(text).toContain(line);
  }
  expect(Number(/sluice_eval_cost_usd_total\{.*\} (\S+)/.exec(text)?.[1])).toBeGreaterThan(0);

  it.put('better');
  await eventually('the promotion', async () => {
    await it.seconds(5);
    return it.status().stableRevision !== good;
  });
  await eventually('its run', () => known('tickets')?.[0]?.revision === it.status().stableRevision);
  expect(await registry.metrics()).toContain(`sluice_eval_runs_total{${labels},verdict="Pass"} 2`);
});

test('stopping breaks off the run under way, of which nothing is kept', async () => {
  const { suite, known } = await started([{ hangs: 1 }]);
  suite('tickets');
  await eventually('a question', () => simulator.requests().total > 0);
  await schedules.stop();
  expect(known('tickets')).toBeUndefined();
});

test.each<[string, (store: MemoryStore, spec: EvalSuiteSpec) => void]>([
  ['is deleted', (store) => store.remove('EvalSuite', 'n', 'tickets')],
  [
    'has no schedule any more',
    (store, { schedule: _, ...spec }) =>
      store.put({ kind: 'EvalSuite', metadata: { name: 'tickets', namespace: 'n' }, spec }),
  ],
])('a run whose suite %s meanwhile is not paid for to its end', async (_when, change) => {
  const { it, suite, known } = await started([{ answer: 'billing', latency: 20 }]);
  const { spec } = suite('tickets', { repeat: 16, concurrency: 1 });
  await eventually('it is asked', () => simulator.requests().total > 1);
  change(it.store, spec);
  await eventually('the end of the run', async () => {
    const { total } = simulator.requests();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return simulator.requests().total === total;
  });
  expect(simulator.requests().total).toBeLessThan(32);
  expect(known('tickets')).toBeUndefined();
});

test('beside gates, what either says of a suite stays, and then nothing more is written', async () => {
  const { it, suite } = await started([{ answer: 'billing' }], (store) => startEvaluator({ store }));
  suite('tickets');
  const types = () =>
    it.store.get('EvalSuite', 'n', 'tickets')?.status.conditions?.map(({ type }) => type) ?? [];
  const wanted = ['Ready', 'Reconciling', 'Stalled', 'Drifted', 'OutputsShifted'];
  await eventually(
    () => `conditions: ${types()}`,
    () => wanted.every((type) => types().includes(type)),
  );
  await eventually('an end of writes', async () => {
    const { length } = it.store.writes;
    await settle();
    return it.store.writes.length === length;
  });
  expect(types().toSorted()).toEqual(wanted.toSorted());
  expect(it.store.writes.filter((write) => write.includes('EvalSuite')).length).toBeLessThan(6);
});
