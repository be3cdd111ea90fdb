import { type Fault, faultyStore } from '../../test/controllers/faulty-store.ts';
import type { Clock } from '../controllers/clock.ts';
import { providerReconciler } from '../controllers/model-provider/reconcile.ts';
import { modelRouteRules } from '../controllers/model-route/rules.ts';
import { promptReleaseRules } from '../controllers/prompt-release/rules.ts';
import { assessor } from '../controllers/release/assess.ts';
import { releaseReconciler } from '../controllers/release/reconcile.ts';
import { silentLog } from '../lib/log.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { memoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { suiteReconciler } from './suite-reconciler.ts';

let simulator: Simulator;
beforeAll(async () => {
  const rules = [
    { match: { text: 'worse' }, answer: 'We help.' },
    { match: {}, answer: 'We at Acme help.' },
  ];
  simulator = await startSimulator({ rules, seed: 7 });
});
afterAll(() => simulator.close(100));

/** Operator and evaluator, as they stand after a start. */
function startBoth(store: Store, clock: Clock) {
  const evidence = { read: async () => [] };
  const common = { store, assess: assessor({ evidence, source: store, clock }), clock, log: silentLog };
  const provider = providerReconciler({ store, clock });
  const route = releaseReconciler({ rules: modelRouteRules(store), ...common });
  const release = releaseReconciler({ rules: promptReleaseRules(store), ...common });
  const suite = suiteReconciler({ store, clock, log: silentLog, retries: 0 });
  return [() => provider('n/sim'), () => route('n/fast'), () => release('n/triage'), () => suite('n/golden')];
}

/** Holds a candidate against its gate; at most one write fails, and whoever asked for it dies and starts anew. */
async function play(content: string, fault?: Fault) {
  const memory = memoryStore();
  const { store, ...faults } = faultyStore(memory);
  let ms = 0;
  const clock: Clock = { now: () => new Date(Date.UTC(2026, 0, 1) + ms), monotonic: () => ms };
  let programs = startBoth(store, clock);
  const served = new Set<string>();
  const release = (system: string) => {
    const prompt = { messages: [{ role: 'system' as const, content: system }] };
    const rollout = { gates: [{ evalSuiteRef: { name: 'golden' } }] };
    const spec = { routeRef: { name: 'fast' }, prompt, rollout };
    memory.put({ kind: 'PromptRelease', metadata: { name: 'triage', namespace: 'n' }, spec });
  };
  const status = () => memory.get('PromptRelease', 'n', 'triage')!.status;
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round++) {
      for (let at = 0; at < programs.length; at++) {
        await programs[at]!().catch(() => {
          programs = startBoth(store, clock);
        });
        for (const { revision } of status().traffic ?? []) served.add(revision);
      }
      ms += 1_000;
    }
  };

  memory.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL: simulator.baseURL },
  });
  const backends = [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }];
  memory.put({ kind: 'ModelRoute', metadata: { name: 'fast', namespace: 'n' }, spec: { backends } });
  const cases = Array.from({ length: 8 }, (_, n) => ({ name: `case ${n}` }));
  const assert = [{ type: 'contains' as const, value: 'Acme' }];
  const gate = { minScore: '0.8' };
  memory.put({
    kind: 'EvalSuite',
    metadata: { name: 'golden', namespace: 'n' },
    spec: { cases, assert, gate },
  });
  release('good');
  await rounds(4);
  const stable = status().stableRevision!;
  expect(stable).toBeDefined();
  served.clear();
  faults.arm(fault);
  release(content);
  await rounds(10);
  const { runs = [] } = memory.get('EvalSuite', 'n', 'golden')!.status;
  return { status: status(), runs, stable, served, writes: faults.asked(), struck: faults.struck() };
}

const WHEN = ['before', 'after'] as const;

test('a candidate that fails its gate serves not one call, whichever write its operator or evaluator dies at', async () => {
  const { writes } = await play('worse');
  expect(writes.length).toBeGreaterThan(5);
  for (const when of WHEN) {
    for (const at of writes.keys()) {
      const came = await play('worse', { at, when, code: 'Unavailable' });
      expect(came).toMatchObject({
        struck: true,
        status: {
          phase: 'RolledBack',
          attempt: 2,
          stableRevision: came.stable,
          rollback: { guardrail: 'gate:golden', badCalls: 0 },
          history: [{ outcome: 'RolledBack' }, { outcome: 'Promoted' }],
        },
        runs: [{ verdict: 'Fail', attempt: 2 }],
      });
      expect(came.runs).toHaveLength(1);
      expect([...came.served]).toEqual([came.stable]);
    }
  }
}, 60_000);

test('one that passes it begins its first step, once', async () => {
  const { writes } = await play('good too');
  expect(writes.length).toBeGreaterThan(4);
  for (const when of WHEN) {
    for (const at of writes.keys()) {
      const came = await play('good too', { at, when, code: 'Unavailable' });
      expect(came).toMatchObject({
        struck: true,
        status: { phase: 'Progressing', attempt: 2, step: { index: 0 } },
        runs: [{ verdict: 'Pass', attempt: 2 }],
      });
      expect(came.runs).toHaveLength(1);
    }
  }
}, 60_000);
