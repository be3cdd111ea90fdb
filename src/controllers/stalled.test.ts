import { allBadBut, ROLLOUT, stalled, type World, withStable, world } from '../../test/controllers/world.ts';

const release = (it: World, over: { prompt?: object; route?: string; invalid?: string }) =>
  it.store.put({
    kind: 'PromptRelease',
    metadata: { name: 'triage', namespace: 'n' },
    spec: {
      routeRef: { name: over.route ?? 'fast' },
      prompt: (over.prompt ?? { messages: [{ role: 'system', content: 'next' }] }) as never,
      rollout: ROLLOUT,
    },
    ...(over.invalid !== undefined && { invalid: over.invalid }),
  });

test.each([
  ['a route that is not there', 'RouteNotFound', 'spec.routeRef.name', { route: 'slow' }],
  [
    'a variable that nothing declares',
    'InvalidPrompt',
    'spec.prompt',
    { prompt: { messages: [{ role: 'system', content: '{{whoIsThis}}' }], variables: { type: 'object' } } },
  ],
  [
    'a template that does not parse',
    'InvalidPrompt',
    'spec.prompt.messages[0].content',
    { prompt: { messages: [{ role: 'system', content: '{{#open' }] } },
  ],
  [
    'a spec that fails the schema',
    'InvalidSpec',
    'spec.prompt.messages',
    { invalid: 'spec.prompt.messages: expected a list' },
  ],
])('%s: Stalled %s at %s, stable serves, and mending it goes on', async (_what, reason, field, over) => {
  const { it, good } = await withStable();
  release(it, over);
  await it.seconds(3);
  expect(stalled(it.status())).toBe(reason);
  expect(it.status()).toMatchObject({ phase: 'Invalid', traffic: [{ revision: good, weight: 100 }] });
  expect(it.status().message).toContain(field);
  release(it, {});
  await it.seconds(75);
  expect(stalled(it.status())).toBeUndefined();
  expect(it.status()).toMatchObject({ phase: 'Healthy', attempt: 2 });
  expect(it.status().stableRevision).not.toBe(good);
});

test('a route that goes while a rollout is under way ends it, stable goes on, and it begins anew', async () => {
  const { it, good } = await withStable();
  it.put('next');
  await it.seconds(10);
  it.store.remove('ModelRoute', 'n', 'fast');
  await it.seconds(3);
  expect(stalled(it.status())).toBe('RouteNotFound');
  expect(it.status().traffic).toEqual([{ revision: good, weight: 100 }]);
  it.putRoute('m');
  await it.seconds(2);
  expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 0 }, attempt: 3 });
});

test('a provider that comes back lets its route and release come up', async () => {
  const it = world();
  it.store.remove('ModelProvider', 'n', 'sim');
  it.put('good');
  await it.seconds(2);
  expect(stalled(it.routeStatus())).toBe('ProviderNotFound');
  expect(it.routeStatus().message).toContain('spec.backends[0].providerRef.name');
  it.putProvider();
  await it.seconds(3);
  expect(it.routeStatus().phase).toBe('Healthy');
  expect(it.status().phase).toBe('Healthy');
});

test("a route's other backends roll out like a prompt: step by step, or back", async () => {
  const { it } = await withStable();
  const first = it.routeStatus().stableRevision;
  it.putRoute('m2');
  await it.seconds(10);
  expect(it.routeStatus()).toMatchObject({ phase: 'Progressing', step: { index: 0, weight: 20 } });
  await it.seconds(60);
  const second = it.routeStatus().stableRevision;
  expect(it.routeStatus().phase).toBe('Healthy');
  expect(second).not.toBe(first);
  it.putRoute('m3');
  await it.seconds(20, allBadBut(second));
  expect(it.routeStatus()).toMatchObject({
    phase: 'RolledBack',
    stableRevision: second,
    rollback: { guardrail: 'errors', mode: 'RevertSpec' },
  });
  expect(it.store.get('ModelRoute', 'n', 'fast')!.spec.backends[0]?.model).toBe('m2');
});

test('a field of a route that is no backend applies at once', async () => {
  const { it } = await withStable();
  const before = it.routeStatus();
  it.putRoute('m', { budgets: { dailyUSD: '50' } });
  await it.seconds(1);
  expect(it.routeStatus()).toMatchObject({
    phase: 'Healthy',
    stableRevision: before.stableRevision,
    attempt: before.attempt,
    observedGeneration: 2,
  });
});
