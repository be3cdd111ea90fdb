import { ROLLOUT, stalled, withStable, world } from '../../test/controllers/world.ts';
import type { Rollout } from '../api/rollout.ts';
import { StoreError } from '../store/store.ts';

test('a good release is promoted, a bad one is taken back and the spec put back', async () => {
  const { it, good } = await withStable();
  it.put('better');
  await it.seconds(61);
  const better = it.status().stableRevision;
  expect(better).not.toBe(good);
  it.put('bad');
  await it.seconds(30, (revision) => (revision === better ? 0 : 0.5));
  expect(it.status()).toMatchObject({
    phase: 'RolledBack',
    stableRevision: better,
    rollback: { mode: 'RevertSpec', guardrail: 'errors' },
  });
  expect(it.content()).toBe('better');
  expect(it.status().rollback?.servedAt).toBeDefined();
});

test.each([
  ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }],
  ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } }],
  ['mode Pin', { rollout: { ...ROLLOUT, rollback: { mode: 'Pin' as const } } }],
])('the spec is left alone: %s', async (_why, over) => {
  const it = world();
  it.put('good', over);
  await it.pass();
  const good = it.status().stableRevision;
  it.put('bad', over);
  await it.seconds(30, (revision) => (revision === good ? 0 : 1));
  expect(it.content()).toBe('bad');
  expect(it.status()).toMatchObject({ stableRevision: good, rollback: { mode: 'Pin' } });
  expect(stalled(it.status())).toBe('RolledBack');
});

test('where specs are files, only an explicit RevertSpec rewrites them', async () => {
  for (const [mode, expected] of [
    ['Auto', 'bad'],
    ['RevertSpec', 'good'],
  ] as const) {
    const it = world();
    it.store.specsAreFiles = true;
    const rollout: Rollout = { ...ROLLOUT, rollback: { mode } };
    it.put('good', { rollout });
    await it.pass();
    const good = it.status().stableRevision;
    it.put('bad', { rollout });
    await it.seconds(30, (revision) => (revision === good ? 0 : 1));
    expect(it.content()).toBe(expected);
  }
});

test('a conflict is tried again on what is there by then', async () => {
  const { it } = await withStable();
  it.put('better');
  it.store.failNextWrite(new StoreError('Conflict', 'somebody wrote'));
  await expect(it.pass()).rejects.toThrow('somebody wrote');
  await it.pass();
  expect(it.status().phase).toBe('Progressing');
});

test('restarts in mid-rollout neither shorten a step nor count calls twice', async () => {
  const { it } = await withStable();
  it.put('better');
  await it.pass();
  for (let n = 0; n < 24; n++) {
    await it.seconds(1);
    it.restart();
  }
  expect(it.status().step?.index).toBe(0);
  await it.seconds(7);
  expect(it.status().step?.calls).toBeLessThanOrEqual(31 * 10);
  await it.seconds(120);
  expect(it.status()).toMatchObject({ phase: 'Healthy', attempt: 2 });
});

test('a rollout writes at most twelve times a minute, and rest writes nothing', async () => {
  const { it } = await withStable();
  it.put('better', { rollout: { steps: [{ weight: 20, minDuration: '1h' }] } });
  await it.seconds(2);
  it.store.writes.length = 0;
  await it.seconds(60);
  expect(it.store.writes.length).toBeGreaterThan(5);
  expect(it.store.writes.length).toBeLessThanOrEqual(12);
  it.put('good');
  await it.seconds(5);
  it.store.writes.length = 0;
  await it.seconds(600);
  expect(it.store.writes).toEqual([]);
});

test('without evidence a rollout holds and says why', async () => {
  const { it } = await withStable();
  it.put('better');
  await it.pass();
  it.gateway.fail(true);
  await it.seconds(600);
  expect(it.status()).toMatchObject({ phase: 'Progressing', step: { index: 0 } });
  expect(it.status().message).toContain('gateway 127.0.0.1:9090 is gone');
  it.gateway.fail(false);
  await it.seconds(40);
  expect(it.status().phase).toBe('Healthy');
});

test('a gate whose suite is not there is waited for, and no gateway is asked meanwhile; stable goes on', async () => {
  const { it, good } = await withStable();
  it.put('next', { rollout: { gates: [{ evalSuiteRef: { name: 'golden' } }] } });
  await it.pass();
  it.gateway.fail(true);
  await it.seconds(60);
  expect(it.status()).toMatchObject({ phase: 'Evaluating', traffic: [{ revision: good, weight: 100 }] });
  expect(it.status().message).toContain('EvalSuite golden does not exist; create it, or take it out');
  expect(stalled(it.status())).toBeUndefined();
});

test('a route waits for its provider and says what is missing', async () => {
  const it = world();
  it.store.remove('ModelProvider', 'n', 'sim');
  it.put('good');
  await it.pass();
  const route = it.store.get('ModelRoute', 'n', 'fast')!;
  expect(stalled(route.status)).toBe('ProviderNotFound');
  expect(it.status().phase).toBe('Invalid');
});

test('a provider without its Secret is stalled, with the remedy', async () => {
  const it = world();
  const spec = {
    dialect: 'OpenAI' as const,
    baseURL: 'http://127.0.0.1:1/v1',
    auth: { secretRef: { name: 's', key: 'k' } },
  };
  it.store.put({ kind: 'ModelProvider', metadata: { name: 'sim', namespace: 'n' }, spec });
  await it.pass();
  const message = it.store.get('ModelProvider', 'n', 'sim')!.status.message;
  expect(message).toContain('spec.auth.secretRef: Secret "s" has no key "k"');
  it.store.secrets.set('n/s/k', 'secret-value');
  await it.pass();
  await it.pass();
  expect(it.store.get('ModelRoute', 'n', 'fast')!.status.phase).toBe('Healthy');
  expect(JSON.stringify([...it.store.list('ModelProvider'), ...it.store.events])).not.toContain(
    'secret-value',
  );
});

test('a prompt from a ConfigMap is resolved, and its text makes the revision', async () => {
  const it = world();
  const put = () =>
    it.store.put({
      kind: 'PromptRelease',
      metadata: { name: 'triage', namespace: 'n' },
      spec: {
        routeRef: { name: 'fast' },
        promptFrom: { configMapKeyRef: { name: 'prompts', key: 'triage' } },
        rollout: ROLLOUT,
      },
    });
  put();
  await it.pass();
  expect(stalled(it.status())).toBe('PromptNotFound');
  it.store.configMaps.set('n/prompts/triage', 'messages: [{role: system, content: one}]');
  expect((await it.pass()).requeueAfterMs).toBe(15_000);
  const first = it.status().stableRevision;
  it.store.configMaps.set('n/prompts/triage', 'messages: [{role: system, content: two}]');
  await it.pass();
  expect(it.status().candidateRevision).toBeDefined();
  await it.seconds(30, (revision) => (revision === first ? 0 : 1));
  expect(it.status()).toMatchObject({ stableRevision: first, rollback: { mode: 'Pin' } });
});
