import type { ModelProviderStatus } from '../../src/api/model-provider.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';
import { conditionOf, PLANTED_KEY, provider, route, type Stage, startStage } from './stage.ts';

let stage: Stage;
const evaluators: SluiceProcess[] = [];
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), [
    { match: { model: 'model-gone' }, errors: { rate: 1, status: 404 }, answer: 'x' },
    { match: {}, answer: 'pong' },
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all(evaluators.map((each) => each.kill('SIGTERM')));
  await stage?.stop();
});

const startEvaluator = () => {
  const where = ['--kubeconfig', stage.cluster.kubeconfig, '--namespace', stage.namespace];
  const started = startSluice(['evaluator', ...where, '--no-leader-elect', '--admin', '127.0.0.1:0']);
  evaluators.push(started);
  return started;
};

const soon = () => new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);

test('a fallback that does not answer, and a model that retires, show on provider and route beside what the operator writes', async () => {
  const { spec, ...object } = provider(stage.simulator.baseURL);
  const models = [{ name: 'model-a', retiresOn: soon() }];
  const fallback = { name: 'fallback', providerRef: { name: 'sim' }, model: 'model-gone' };
  const serving = route();
  const backends = [...serving.spec.backends, fallback];
  await stage.apply(
    { ...object, spec: { ...spec, models, probe: { interval: '1h' } } },
    { ...serving, spec: { ...serving.spec, backends, rollout: { strategy: 'Immediate' } } },
  );
  const evaluator = startEvaluator();
  const told = await stage.until('mroute', 'fast', (live) => conditionOf(live, 'BackendsWork') !== undefined);
  expect(conditionOf(told, 'BackendsWork')).toMatchObject({ status: 'False', reason: 'FallbackFails' });
  expect(conditionOf(told, 'Retiring')?.message).toContain(
    'backend primary: ModelProvider sim retires model model-a',
  );
  expect(conditionOf(told, 'Ready')?.status).toBe('True');

  const whole = await eventually('what came of both probes, and the conditions', async () => {
    const live = await stage.get<ModelProviderStatus>('mprov', 'sim');
    const [first, second] = [conditionOf(live, 'BackendsWork'), conditionOf(live, 'Retiring')];
    return first && second && live.status?.probes?.length === 2 ? live.status : undefined;
  });
  expect(whole.probes).toMatchObject([
    { model: 'model-a', result: 'Works' },
    { model: 'model-gone', result: 'Fails', message: expect.stringContaining('404') },
  ]);
  expect(JSON.stringify(whole)).not.toContain(PLANTED_KEY);
  const events = await eventually('an Event of each', async () => {
    const all = await stage.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    return all.includes('FallbackFails') && all.includes('RetiresSoon') ? all : undefined;
  });
  expect(events).not.toContain(PLANTED_KEY);

  // What comes next follows from the status: a new process asks nothing again.
  await evaluator.kill('SIGKILL');
  const next = startEvaluator();
  await next.logged(({ msg }) => msg === 'the evaluator leads');
  await stage.apply({ ...object, spec: { ...spec, models, probe: { interval: '2h' } } });
  await eventually('the operator has seen it', async () => {
    const { metadata, status } = await stage.get<ModelProviderStatus>('mprov', 'sim');
    return status?.observedGeneration === metadata.generation;
  });
  const after = await stage.get<ModelProviderStatus>('mprov', 'sim');
  expect(after.status?.probes).toEqual(whole.probes);
}, 120_000);
