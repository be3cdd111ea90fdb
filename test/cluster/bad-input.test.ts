import { sharedControlPlane } from '../control-plane/shared.ts';
import { conditionOf, provider, release, route, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), [{ match: {}, answer: 'Hello' }]);
}, 120_000);
afterAll(() => stage?.stop());

const stalled = (reason: string) => (live: Parameters<typeof conditionOf>[0]) => {
  const condition = conditionOf(live, 'Stalled');
  return condition?.status === 'True' && condition.reason === reason;
};

test('whatever is wrong with one object is said on it, and everything else goes on', async () => {
  await stage.apply(release('bystander', 'good'), release('broken', 'good'));
  await stage.until('prel', 'broken', ({ status }) => status?.phase === 'Healthy');
  const before = await stage.get('prel', 'broken');
  const callers = stage.call('broken', 10);

  await stage.apply(release('broken', 'Hello {{nmae}}'));
  const unknown = await stage.until('prel', 'broken', stalled('InvalidPrompt'));
  expect(unknown.status?.message).toContain('spec.prompt.messages[0].content');
  expect(unknown.status?.message).toContain('"nmae"');
  expect(unknown.status?.stableRevision).toBe(before.status?.stableRevision);
  expect(conditionOf(unknown, 'Available')).toMatchObject({ status: 'True' });

  await stage.apply(release('broken', 'good', { spec: { routeRef: { name: 'nowhere' } } }));
  const lost = await stage.until('prel', 'broken', stalled('RouteNotFound'));
  expect(lost.status?.message).toContain('spec.routeRef.name: ModelRoute "nowhere" does not exist');

  await stage.apply(provider(stage.simulator.baseURL, 'no-such-secret', 'keyless'));
  const keyless = await stage.until('mprov', 'keyless', stalled('SecretNotFound'));
  expect(conditionOf(keyless, 'Stalled')?.message).toContain('kubectl create secret');
  const orphan = route('model-a', 'orphan') as { spec: { backends: { providerRef: { name: string } }[] } };
  orphan.spec.backends[0]!.providerRef.name = 'keyless';
  await stage.apply(orphan);
  const refused = await stage.until('mroute', 'orphan', stalled('ProviderNotReady'));
  expect(refused.status?.message).toContain('spec.backends[0].providerRef.name');

  const { code } = await stage.cluster.kubectl(['apply', '-n', stage.namespace, '-f', '-'], {
    input: JSON.stringify(release('unparsable', 'good', { spec: { prompt: { messages: 'none' } } })),
  });
  expect(code).not.toBe(0);

  await stage.apply(
    release('bystander', 'good two', {
      rollout: { steps: [{ weight: 50, minDuration: '1s', minCalls: 0 }] },
    }),
  );
  await stage.until(
    'prel',
    'bystander',
    ({ status }) => status?.history?.[0]?.outcome === 'Promoted' && status.attempt === 2,
  );

  await stage.kubectl('create', 'secret', 'generic', 'no-such-secret', '--from-literal=apiKey=two\nlines');
  const unusable = await stage.until('mprov', 'keyless', stalled('SecretInvalid'));
  expect(unusable.status?.message).toContain('key "apiKey" of Secret "no-such-secret" has a character');
  expect(JSON.stringify(unusable)).not.toContain('lines');

  // Mended, each goes on by itself.
  await stage.kubectl('patch', 'secret', 'no-such-secret', '-p', '{"stringData": {"apiKey": "x"}}');
  await stage.until('mroute', 'orphan', ({ status }) => status?.phase === 'Healthy');
  await stage.apply(release('broken', 'good'));
  await stage.until('prel', 'broken', ({ status }) => status?.phase === 'Healthy');
  await callers.stop();
  expect(callers.errors()).toEqual([]);
  expect(callers.counts().answered).toBeGreaterThan(20);
}, 180_000);

test('a route that is deleted goes on serving its releases', async () => {
  await stage.apply(
    route('model-a', 'leaving'),
    release('left', 'good', { spec: { routeRef: { name: 'leaving' } } }),
  );
  await stage.until('prel', 'left', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('left', 20);
  await stage.kubectl('delete', 'mroute', 'leaving');
  await stage.until('prel', 'left', stalled('RouteNotFound'));
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 90_000);
