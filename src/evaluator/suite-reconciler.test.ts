import { eventually } from '../../test/eventually.ts';
import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { systemClock } from '../controllers/clock.ts';
import { startControllers } from '../controllers/controllers.ts';
import { silentLog } from '../lib/log.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { type Store, StoreError } from '../store/store.ts';
import { suiteReconciler } from './suite-reconciler.ts';

const CASES: EvalSuiteSpec = {
  cases: [{ name: 'one' }],
  assert: [{ type: 'contains', value: 'Acme' }],
};

const MANY = Array.from({ length: 40 }, (_, at) => ({ name: `case ${at}` }));

let simulator: Simulator;
let store: MemoryStore;
let controllers: ReturnType<typeof startControllers>;
let onRequest: () => void;

beforeEach(async () => {
  onRequest = () => {};
  const rules = [{ match: {}, answer: 'We at Acme help.' }];
  simulator = await startSimulator({ rules, seed: 7, onRequest: () => onRequest() });
  store = memoryStore();
  const provider = { dialect: 'OpenAI' as const, baseURL: simulator.baseURL };
  store.put({ kind: 'ModelProvider', metadata: { name: 'sim', namespace: 'n' }, spec: provider });
  const backends = [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }];
  store.put({ kind: 'ModelRoute', metadata: { name: 'fast', namespace: 'n' }, spec: { backends } });
  controllers = startControllers({ store, evidence: { read: async () => [] } });
});
afterEach(async () => {
  await controllers.stop();
  await simulator.close(100);
});

const suite = (spec: EvalSuiteSpec) =>
  store.put({ kind: 'EvalSuite', metadata: { name: 'golden', namespace: 'n' }, spec });
const status = () => store.get('EvalSuite', 'n', 'golden')!.status;
const releaseStatus = (name: string) => store.get('PromptRelease', 'n', name)!.status;
const reconciler = (over: Partial<Store> = {}, clock = systemClock) => {
  const reconcile = suiteReconciler({
    store: { ...store, ...over },
    clock,
    log: silentLog,
    retries: 0,
  });
  return () => reconcile('n/golden');
};

function release(name: string, content: string, gates: readonly string[]): void {
  const prompt = { messages: [{ role: 'system' as const, content }] };
  const rollout = { gates: gates.map((gate) => ({ evalSuiteRef: { name: gate } })) };
  const spec = { routeRef: { name: 'fast' }, prompt, rollout };
  store.put({ kind: 'PromptRelease', metadata: { name, namespace: 'n' }, spec });
}

/** Has releases serve, and a candidate of each wait for its gates. */
async function candidates(names: readonly string[], gates = ['golden']): Promise<void> {
  for (const [content, phase] of [
    ['good', 'Healthy'],
    ['good too', 'Evaluating'],
  ] as const) {
    for (const name of names) release(name, content, gates);
    const all = () => names.every((name) => releaseStatus(name).phase === phase);
    await eventually(`${names} are ${phase}`, all, 30_000);
  }
}

test('a suite without cases, for live calls only, says so where it is a gate, and rests', async () => {
  suite({ live: { share: '10%' }, assert: CASES.assert! });
  const pass = reconciler();
  expect(await pass()).toEqual({});
  expect(status().conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  await candidates(['triage']);
  const { requeueAfterMs } = await pass();
  expect(requeueAfterMs).toBeGreaterThan(1_000);
  expect(status().message).toBe('there is no case: write one in spec.cases or in what spec.casesFrom names');
});

test('what a suite said that was changed before that could be written is no verdict of the one it is now', async () => {
  suite(CASES);
  await candidates(['triage']);
  await controllers.stop();
  let writes = 0;
  const pass = reconciler({
    async writeStatus(resource, next) {
      // That it runs is the first.
      if (++writes === 2)
        suite({ ...CASES, assert: [{ type: 'contains', value: 'Nobody' }], gate: { minScore: '0.9' } });
      return store.writeStatus(resource, next);
    },
  });
  await expect(pass()).rejects.toEqual(expect.any(StoreError));
  await pass();
  expect(status().runs).toMatchObject([{ verdict: 'Fail', candidate: { passed: 0 } }]);
});

test.each<[string, () => void]>([
  ['the suite is changed', () => suite({ ...CASES, cases: MANY, repeat: 2 })],
  ['the suite is deleted', () => store.remove('EvalSuite', 'n', 'golden')],
  ['the release has it for a gate no more', () => release('triage', 'good too', ['absent'])],
])('a run is broken off where %s, and not paid for to its end', async (_when, change) => {
  suite({ ...CASES, cases: MANY, concurrency: 1 });
  await candidates(['triage']);
  onRequest = () => {
    if (simulator.requests().total === 3) change();
  };
  await reconciler()();
  expect(simulator.requests().total).toBeLessThan(6);
});

test('a run that its limit ended is not paid for again, until the suite is changed', async () => {
  const provider = {
    dialect: 'OpenAI' as const,
    baseURL: simulator.baseURL,
    models: [{ name: 'm', pricesPerMillion: { input: '1000', output: '1000' } }],
  };
  store.put({ kind: 'ModelProvider', metadata: { name: 'sim', namespace: 'n' }, spec: provider });
  const cases = Array.from({ length: 8 }, (_, at) => ({ name: `case ${at}` }));
  suite({ ...CASES, cases, limits: { maxUSD: '0.02' } });
  await candidates(['triage']);
  let ms = 0;
  const clock = { now: () => new Date(Date.UTC(2026, 0, 5) + ms), monotonic: () => ms };
  const pass = reconciler({}, clock);
  await pass();
  const asked = simulator.requests().total;
  expect(asked).toBeGreaterThan(0);
  expect(status().runs).toMatchObject([
    { verdict: 'Error', message: expect.stringContaining('spend limit') },
  ]);
  for (; ms < 3_600_000; ms += 60_000) expect(await pass()).toEqual({});
  expect(simulator.requests().total).toBe(asked);
  expect(status().message).toContain('asks again once limits.maxUSD is higher, or the release is retried');

  suite({ ...CASES, cases, limits: { maxUSD: '5' } });
  await pass();
  expect(status().runs).toMatchObject([{ verdict: 'Pass', errors: 0 }]);
});

test('every release is asked about, and none again and again, however many wait for another gate', async () => {
  suite(CASES);
  const names = Array.from({ length: 20 }, (_, at) => `r${at}`);
  await candidates(names, ['golden', 'absent']);
  const pass = reconciler();
  for (let passes = 0; passes < 60; passes++) await pass();
  expect(simulator.requests().total).toBe(2 * names.length);
  expect(status().runs).toHaveLength(16);
  expect(status().message).toContain('for 16 releases that still wait');

  // Once the other gate has spoken, those that were pushed out are asked anew, and go on too.
  const metadata = { name: 'absent', namespace: 'n' };
  store.put({ kind: 'EvalSuite', metadata, spec: { cases: [{ name: 'one' }] } });
  const other = suiteReconciler({ store, clock: systemClock, log: silentLog, retries: 0 });
  const goOn = (count: number) =>
    eventually(
      `${count} go on`,
      () => names.filter((name) => releaseStatus(name).step !== undefined).length === count,
    );
  for (let passes = 0; passes < 25; passes++) await other('n/absent');
  await goOn(16);
  const before = simulator.requests().total;
  for (let passes = 0; passes < 10; passes++) await pass();
  expect(simulator.requests().total).toBe(before + 2 * 4);
  await goOn(20);
}, 60_000);
