import { randomBytes } from 'node:crypto';
import type { EvalSuiteStatus } from '../../src/api/eval-suite.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';
import { QUICK, release, type Stage, startStage } from './stage.ts';

const gates = [{ evalSuiteRef: { name: 'golden' } }];
const gated = (content: string) => release('triage', content, { rollout: { ...QUICK, gates } });

const suite = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'EvalSuite',
  metadata: { name: 'golden' },
  spec: {
    cases: Array.from({ length: 40 }, (_, n) => ({
      messages: [{ role: 'user', content: `Question ${n}?` }],
    })),
    assert: [{ type: 'contains', value: 'Acme' }],
    concurrency: 2,
  },
};

let stage: Stage;
let evaluator: SluiceProcess;
beforeAll(async () => {
  const latency = { p50: 60, p95: 80 };
  stage = await startStage(await sharedControlPlane(), [
    { match: { text: 'worse' }, answer: 'We help.', latency },
    { match: {}, answer: 'We at Acme help.', latency },
  ]);
  evaluator = startEvaluator();
}, 120_000);
afterAll(async () => {
  await evaluator?.kill('SIGTERM');
  await stage?.stop();
});

const leaseName = `sluice-evaluator-${randomBytes(3).toString('hex')}`;
function startEvaluator(): SluiceProcess {
  const { cluster, namespace } = stage;
  const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--admin', '127.0.0.1:0'];
  return startSluice(['evaluator', ...where, '--lease-namespace', namespace, '--lease-name', leaseName]);
}

test('a candidate that fails its gate serves not one call, though the evaluator is killed while it asks', async () => {
  await stage.apply(suite, gated('good'));
  const { status } = await stage.until('prel', 'triage', (live) => live.status?.phase === 'Healthy');
  const stable = status!.stableRevision!;
  const callers = stage.call('triage', 20);

  await stage.apply(gated('worse'));
  await eventually('it is asked', async () => {
    const live = await stage.get<EvalSuiteStatus>('evals', 'golden');
    return live.status?.conditions?.some(({ type, status }) => type === 'Reconciling' && status === 'True');
  });
  await evaluator.kill('SIGKILL');
  evaluator = startEvaluator();

  const taken = await stage.until('prel', 'triage', (live) => live.status?.phase === 'RolledBack', 90_000);
  expect(taken.status).toMatchObject({
    stableRevision: stable,
    attempt: 2,
    rollback: { guardrail: 'gate:golden', badCalls: 0 },
  });
  await callers.stop();
  expect(callers.errors()).toEqual([]);
  const { byRevision } = callers.counts();
  expect(Object.keys(byRevision)).toEqual([stable]);
  expect(byRevision[stable]).toBeGreaterThan(50);
  const { runs } = (await stage.get<EvalSuiteStatus>('evals', 'golden')).status!;
  expect(runs).toMatchObject([{ verdict: 'Fail', cases: 40, errors: 0 }]);
}, 180_000);

test('the next good one passes it, and is rolled out', async () => {
  const callers = stage.call('triage', 20);
  await stage.apply(gated('good too'));
  const live = await stage.until(
    'prel',
    'triage',
    ({ status }) => status?.phase === 'Healthy' && status.attempt === 3,
    90_000,
  );
  expect(live.status?.history?.[0]).toMatchObject({ outcome: 'Promoted' });
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 120_000);
