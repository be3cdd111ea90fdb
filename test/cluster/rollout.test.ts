import { sharedControlPlane } from '../control-plane/shared.ts';
import {
  conditionOf,
  contentOf,
  PLANTED_KEY,
  QUICK,
  release,
  route,
  type Stage,
  startStage,
} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), [
    { match: { text: 'bad' }, errors: 0.2, answer: 'Hello' },
    { match: { text: 'dead' }, errors: 1, answer: 'Hello' },
    { match: { model: 'model-bad' }, errors: 0.5, answer: 'Hello' },
    { match: {}, answer: 'Hello' },
  ]);
}, 120_000);
afterAll(() => stage?.stop());

test('a good release is promoted, a bad one is taken back and stays out until it is let in', async () => {
  await stage.apply(release('triage', 'good one'));
  const first = await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('triage', 20);

  await stage.apply(release('triage', 'good two'));
  const promoted = await stage.until(
    'prel',
    'triage',
    ({ status }) => status?.phase === 'Healthy' && status.stableRevision !== first.status?.stableRevision,
  );
  const good = promoted.status?.stableRevision;
  expect(promoted.status?.history?.[0]).toMatchObject({ revision: good, outcome: 'Promoted' });
  expect(conditionOf(promoted, 'Ready')).toMatchObject({ status: 'True' });

  await stage.apply(release('triage', 'bad one'));
  const reverted = await stage.until(
    'prel',
    'triage',
    (live) => live.status?.rollback?.revertedGeneration !== undefined,
  );
  expect(reverted.status).toMatchObject({
    phase: 'RolledBack',
    stableRevision: good,
    traffic: [{ revision: good, weight: 100 }],
    rollback: { to: good, guardrail: 'errors', mode: 'RevertSpec' },
  });
  expect(reverted.status?.rollback?.badCalls).toBeGreaterThan(0);
  expect(reverted.status?.rollback?.reason).toMatch(/^\d+ of \d+ failed, stable \d+ of \d+$/);
  expect(reverted.status?.rollback?.undo).toContain('kubectl');
  expect(contentOf(reverted)).toBe('good two');
  await stage.until('prel', 'triage', ({ status }) => status?.rollback?.servedAt !== undefined);

  await stage.apply(release('triage', 'bad one'));
  const out = await stage.until(
    'prel',
    'triage',
    (live) => conditionOf(live, 'Stalled')?.reason === 'RevisionQuarantined',
  );
  expect(out.status?.traffic).toEqual([{ revision: good, weight: 100 }]);
  expect(contentOf(out)).toBe('bad one');

  await stage.apply(release('triage', 'bad one', { rollout: { ...QUICK, retryToken: 'again' } }));
  await stage.until(
    'prel',
    'triage',
    ({ status }) => status?.candidateRevision === reverted.status?.rollback?.from,
  );
  await callers.stop();
}, 180_000);

test('beside Argo CD the spec is left alone, and applying stable again is healthy at once', async () => {
  const metadata = {
    annotations: { 'argocd.argoproj.io/tracking-id': 'app:sluice.dev/PromptRelease:ns/argo' },
  };
  await stage.apply(release('argo', 'good', { metadata }));
  const first = await stage.until('prel', 'argo', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('argo', 40);
  await stage.apply(release('argo', 'bad', { metadata }));
  const pinned = await stage.until('prel', 'argo', ({ status }) => status?.rollback?.servedAt !== undefined);
  expect(contentOf(pinned)).toBe('bad');
  expect(pinned.status).toMatchObject({
    stableRevision: first.status?.stableRevision,
    rollback: { mode: 'Pin' },
  });
  expect(conditionOf(pinned, 'Ready')).toMatchObject({ status: 'False' });
  expect(conditionOf(pinned, 'Stalled')).toMatchObject({ status: 'True', reason: 'RolledBack' });
  expect(conditionOf(pinned, 'Available')).toMatchObject({ status: 'True' });

  await stage.apply(release('argo', 'good', { metadata }));
  const healthy = await stage.until('prel', 'argo', ({ status }) => status?.phase === 'Healthy');
  expect(healthy.status?.attempt).toBe(pinned.status?.attempt);
  await callers.stop();
}, 120_000);

test('a candidate that fails every call is taken back, and no caller sees an error', async () => {
  await stage.apply(release('rescue', 'good'));
  await stage.until('prel', 'rescue', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('rescue', 20);
  const rollout = { steps: [{ weight: 5, minDuration: '5m' }] };
  await stage.apply(release('rescue', 'dead', { rollout }));
  const { status } = await stage.until(
    'prel',
    'rescue',
    (live) => live.status?.rollback?.servedAt !== undefined,
    90_000,
  );
  await callers.stop();
  expect(callers.errors()).toEqual([]);
  expect(status?.rollback?.guardrail).toBe('errors');
  expect(status?.rollback?.badCalls).toBeLessThanOrEqual(20);
}, 150_000);

test("a route's change of model rolls out likewise", async () => {
  await stage.apply(
    route('model-a', 'other'),
    release('routed', 'good', { spec: { routeRef: { name: 'other' } } }),
  );
  await stage.until('prel', 'routed', ({ status }) => status?.phase === 'Healthy');
  const before = await stage.get('mroute', 'other');
  const callers = stage.call('routed', 30);
  await stage.apply(route('model-bad', 'other'));
  const { status, spec } = await stage.until(
    'mroute',
    'other',
    (live) => live.status?.rollback?.revertedGeneration !== undefined,
  );
  await callers.stop();
  expect(status?.stableRevision).toBe(before.status?.stableRevision);
  expect(spec).toMatchObject({ backends: [{ model: 'model-a' }] });
  expect((await stage.get('prel', 'routed')).status?.phase).toBe('Healthy');
}, 120_000);

test('verbs are annotations, acted on once and removed', async () => {
  const rollout = {
    steps: [{ weight: 10, minDuration: '1h' }, { pause: {} }, { weight: 50, minDuration: '1h' }],
  };
  await stage.apply(release('verbs', 'good', { rollout }));
  await stage.until('prel', 'verbs', ({ status }) => status?.phase === 'Healthy');
  await stage.apply(release('verbs', 'good two', { rollout }));
  await stage.until('prel', 'verbs', ({ status }) => status?.step?.index === 0);
  const annotate = (value: string) => stage.kubectl('annotate', '--overwrite', 'prel', 'verbs', value);
  for (const [index, phase] of [
    [1, 'Paused'],
    [2, 'Progressing'],
  ] as const) {
    await annotate('sluice.dev/promote=true');
    const live = await stage.until('prel', 'verbs', ({ status, metadata }) => {
      return (
        status?.step?.index === index &&
        metadata.annotations?.['sluice.dev/promote'] === undefined &&
        status.lastAction?.cleared === true
      );
    });
    expect(live.status?.phase).toBe(phase);
  }
  await annotate('sluice.dev/abort=true');
  const aborted = await stage.until(
    'prel',
    'verbs',
    ({ status }) => status?.rollback?.revertedGeneration !== undefined,
  );
  expect(aborted.status).toMatchObject({
    phase: 'RolledBack',
    lastAction: { verb: 'abort' },
    history: [{ outcome: 'Aborted' }, {}],
  });

  // The command in the status is the way back.
  const undo = aborted.status?.rollback?.undo.split(' ').slice(1) ?? [];
  await stage.kubectl(...undo);
  await stage.until(
    'prel',
    'verbs',
    ({ status }) => status?.candidateRevision === aborted.status?.rollback?.from,
  );
  await annotate('sluice.dev/promote-full=true');
  await stage.until(
    'prel',
    'verbs',
    ({ status }) => status?.stableRevision === aborted.status?.rollback?.from,
  );
}, 120_000);

test('a planted key is in no status, event, log or metric', async () => {
  const objects = await stage.kubectl('get', 'prel,mroute,mprov,controllerrevisions,events', '-o', 'json');
  const told = [objects, stage.gateway.output(), stage.operator.output()].join('\n');
  expect(told).toContain('triage');
  expect(told).not.toContain(PLANTED_KEY);
  expect(stage.simulator.requests().total).toBeGreaterThan(100);
});
