import { eventually } from '../../test/eventually.ts';
import type { EvalSuiteSpec } from '../api/eval-suite.ts';
import { startControllers } from '../controllers/controllers.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { type Evaluator, startEvaluator } from './evaluator.ts';

const CASES = Array.from({ length: 30 }, (_, n) => ({
  name: `case ${n}`,
  messages: [{ role: 'user' as const, content: `Question ${n}?` }],
  assert: [{ type: 'contains' as const, value: 'Acme' }],
}));

let simulator: Simulator;
let store: MemoryStore;
let evaluator: Evaluator;
let controllers: ReturnType<typeof startControllers>;

beforeEach(async () => {
  simulator = await startSimulator({
    rules: [
      { match: { model: 'judge', text: 'RUBRIC' }, answer: '{"reason": "so", "score": 1, "pass": true}' },
      { match: { text: 'worse' }, answer: 'We help.' },
      { match: {}, answer: 'We at Acme help.' },
    ],
    seed: 7,
  });
  store = memoryStore();
  put(simulator.baseURL, 'sim');
  store.put({
    kind: 'ModelRoute',
    metadata: { name: 'fast', namespace: 'n' },
    spec: { backends: [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }] },
  });
  controllers = startControllers({ store, evidence: { read: async () => [] } });
  evaluator = startEvaluator({ store, retries: 0 });
});
afterEach(async () => {
  await Promise.all([evaluator.stop(), controllers.stop()]);
  await simulator.close(100);
});

function put(baseURL: string, name: string): void {
  store.put({
    kind: 'ModelProvider',
    metadata: { name, namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL },
  });
}

function suite(over: Partial<EvalSuiteSpec> = {}): void {
  store.put({
    kind: 'EvalSuite',
    metadata: { name: 'golden', namespace: 'n' },
    spec: { cases: CASES, ...over },
  });
}

function release(content: string): void {
  const prompt = { messages: [{ role: 'system' as const, content }] };
  const rollout = { gates: [{ evalSuiteRef: { name: 'golden' } }] };
  const spec = { routeRef: { name: 'fast' }, prompt, rollout };
  store.put({ kind: 'PromptRelease', metadata: { name: 'triage', namespace: 'n' }, spec });
}

const status = () => store.get('PromptRelease', 'n', 'triage')!.status;
const suiteStatus = () => store.get('EvalSuite', 'n', 'golden')!.status;
const until = (what: string, holds: () => boolean | undefined) =>
  eventually(
    () => `${what}: ${JSON.stringify([status(), suiteStatus()], null, 1)}`,
    () => holds() === true,
    30_000,
  );

async function stableServes(): Promise<string> {
  release('good');
  await until('the first serves', () => status().phase === 'Healthy');
  return status().stableRevision!;
}

test('a candidate that is worse on the same cases is taken back, and has served not one call', async () => {
  suite();
  const stable = await stableServes();
  release('worse');
  await until('it is taken back', () => status().phase === 'RolledBack');
  expect(status()).toMatchObject({
    stableRevision: stable,
    traffic: [{ revision: stable, weight: 100 }],
    rollback: { guardrail: 'gate:golden', badCalls: 0 },
    attempt: 2,
  });
  const [run] = suiteStatus().runs!;
  expect(run).toMatchObject({
    purpose: 'Gate',
    kind: 'PromptRelease',
    name: 'triage',
    attempt: 2,
    verdict: 'Fail',
    candidate: { revision: status().rollback!.from, passed: 0, score: '0' },
    stable: { revision: stable, passed: 30, score: '1' },
    cases: 30,
    errors: 0,
  });
  expect(run!.worst).toHaveLength(5);
  expect(run!.worst![0]).toMatchObject({
    candidate: '0',
    stable: '1',
    reason: expect.stringContaining('"Acme"'),
  });
  expect(status().rollback!.reason).toBe(run!.message);
});

test('one that is as good goes on to its first step, and nothing is asked twice', async () => {
  suite();
  await stableServes();
  release('good too');
  await until('it begins', () => status().step?.index === 0);
  expect(suiteStatus().runs).toHaveLength(1);
  expect(suiteStatus().runs![0]).toMatchObject({ verdict: 'Pass' });
  await until('the suite rests', () => evaluator.idle());
  const asked = store.writes.filter((each) => each.includes('EvalSuite')).length;
  store.put({ kind: 'EvalSuite', metadata: { name: 'golden', namespace: 'n' }, spec: { cases: CASES } });
  await until('the suite rests', () => evaluator.idle());
  expect(store.writes.filter((each) => each.includes('EvalSuite'))).toHaveLength(asked);
});

test('answers are held against what they should be like, by embeddings', async () => {
  const judge = { providerRef: { name: 'sim' }, model: 'judge', embeddings: 'embed' };
  const like = { type: 'similar' as const, value: 'We at Acme help you.', threshold: 0.85 };
  suite({ judge, cases: CASES.map(({ messages }) => ({ messages, assert: [like] })) });
  await stableServes();
  release('worse');
  await until('it is taken back', () => status().phase === 'RolledBack');
  expect(suiteStatus().runs).toMatchObject([
    { verdict: 'Fail', candidate: { passed: 0 }, stable: { passed: 30 }, errors: 0 },
  ]);
});

test('a judge that is down holds the release, and once it is back it goes on', async () => {
  put('http://127.0.0.1:1/v1', 'judges');
  const judge = { providerRef: { name: 'judges' }, model: 'judge' };
  suite({ judge, cases: [{ assert: [{ type: 'llm-rubric', value: 'is kind' }] }] });
  await stableServes();
  release('good too');
  await until('it is said', () => suiteStatus().runs?.[0]?.verdict === 'Error');
  await until('it holds', () => status().message?.includes('the judge'));
  expect(status()).toMatchObject({ phase: 'Evaluating' });
  expect(status().quarantined).toBeUndefined();
  put(simulator.baseURL, 'judges');
  await until('it begins', () => status().step?.index === 0);
  // The error is not kept beside what came of it.
  expect(suiteStatus().runs).toMatchObject([
    { verdict: 'Pass', judge: expect.stringContaining('judges/judge') },
  ]);
}, 60_000);

test('a suite that is not there, or cannot be read, holds it and says so', async () => {
  await stableServes().catch(() => {});
  store.put({ kind: 'EvalSuite', metadata: { name: 'other', namespace: 'n' }, spec: { cases: CASES } });
  release('good too');
  await eventually('it waits', () => status().message?.includes('EvalSuite golden does not exist'));
  const casesFrom = [{ configMapKeyRef: { name: 'cases', key: 'c.yaml' } }];
  store.put({ kind: 'EvalSuite', metadata: { name: 'golden', namespace: 'n' }, spec: { casesFrom } });
  await until('it is Stalled', () =>
    suiteStatus().conditions?.some(({ type, status: holds }) => type === 'Stalled' && holds === 'True'),
  );
  await until('it waits', () => status().message?.includes('ConfigMap n/cases key c.yaml does not exist'));
  expect(status().phase).toBe('Evaluating');
});

test('a run whose release has moved on is called off, and a newer candidate is asked', async () => {
  suite();
  await stableServes();
  // A run of so few cases may be over before anybody looks again.
  const asked = new Promise<void>((resolve) => {
    store.subscribe(() => {
      if (store.get('EvalSuite', 'n', 'golden')!.status.conditions?.[1]?.status === 'True') resolve();
    });
  });
  release('worse');
  await asked;
  release('good too');
  await until('it begins', () => status().step?.index === 0);
  expect(status().quarantined).toBeUndefined();
  expect(status().attempt).toBe(3);
});
