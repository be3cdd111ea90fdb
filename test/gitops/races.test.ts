import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conditionOf, type Live, release, route, type Stage, startStage } from '../cluster/stage.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { RULES } from './phases.ts';

const ROOT = join(import.meta.dirname, '../..');
const SLOW = {
  steps: [
    { weight: 20, minDuration: '1h' },
    { weight: 50, minDuration: '1h' },
  ],
};

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), RULES);
}, 120_000);
afterAll(() => stage?.stop());

test('every row of Races names tests that there are', async () => {
  const text = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8');
  const section = /\n## Races\n([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| when'));
  expect(rows).toHaveLength(11);
  for (const row of rows) {
    const named = [...row.matchAll(/`([^`]+\.test\.ts)`: ([^;|]+)/g)];
    expect([row, named.length > 0]).toEqual([row, true]);
    for (const [, path, title] of named) {
      expect([path, await readFile(join(ROOT, path!), 'utf8')]).toEqual([
        path,
        expect.stringContaining(title!.trim().replaceAll('’', "'")),
      ]);
    }
  }
});

/** A release of which the second content is on its first step, above stable. */
async function underWay(name: string, over: object = {}): Promise<{ stable: string; live: Live }> {
  const spec = { rollout: SLOW, ...over };
  await stage.apply(release(name, 'one', spec));
  const { status } = await stage.until('prel', name, (live) => live.status?.phase === 'Healthy');
  await stage.apply(release(name, 'two', spec));
  const live = await stage.until('prel', name, (each) => each.status?.step?.index === 0);
  return { stable: status?.stableRevision ?? '', live };
}

const allOn = (revision: string) => [{ revision, weight: 100 }];

test('a newer spec in mid-rollout is the candidate, from the first step', async () => {
  const { live } = await underWay('newer');
  await stage.kubectl('annotate', 'prel', 'newer', 'sluice.dev/promote=true');
  await stage.until('prel', 'newer', ({ status }) => status?.step?.index === 1);
  await stage.apply(release('newer', 'three', { rollout: SLOW }));
  const { status } = await stage.until(
    'prel',
    'newer',
    (each) => each.status?.candidateRevision !== live.status?.candidateRevision,
  );
  expect(status).toMatchObject({
    phase: 'Progressing',
    attempt: 3,
    step: { index: 0, weight: 20 },
    history: [{ revision: live.status?.candidateRevision, outcome: 'Superseded' }, {}],
  });
});

test('stable again in mid-rollout ends it at once', async () => {
  const { stable, live } = await underWay('withdrawn');
  await stage.apply(release('withdrawn', 'one', { rollout: SLOW }));
  const { status } = await stage.until('prel', 'withdrawn', (each) => each.status?.phase === 'Healthy');
  expect(status).toMatchObject({
    traffic: allOn(stable),
    history: [{ revision: live.status?.candidateRevision, outcome: 'Withdrawn' }, {}],
  });
  expect(status?.quarantined).toBeUndefined();
});

test('abort and promote in one write: abort wins, and both are removed', async () => {
  const { stable, live } = await underWay('both');
  await stage.kubectl('annotate', 'prel', 'both', 'sluice.dev/promote-full=true', 'sluice.dev/abort=true');
  const { status } = await stage.until('prel', 'both', ({ status: seen, metadata }) => {
    const verbs = Object.keys(metadata.annotations ?? {}).filter((each) => each.startsWith('sluice.dev/'));
    return seen?.phase === 'RolledBack' && verbs.length === 0;
  });
  expect(status).toMatchObject({
    traffic: allOn(stable),
    rollback: { from: live.status?.candidateRevision, to: stable },
    lastAction: { verb: 'abort' },
  });
});

describe('in mid-rollout', () => {
  const CASES: [what: string, name: string, hurt: () => Promise<unknown>, reason: string, field: string][] = [
    [
      'the route is deleted',
      'routeless',
      () => stage.kubectl('delete', 'mroute', 'routeless'),
      'RouteNotFound',
      'spec.routeRef.name',
    ],
    [
      'the prompt does not parse',
      'unparsed',
      () => stage.apply(release('unparsed', 'three {{#loop}}', { rollout: SLOW, ...on('unparsed') })),
      'InvalidPrompt',
      'spec.prompt.messages[0].content',
    ],
  ];

  test.each(CASES)(
    '%s: stable goes on serving, Stalled says why',
    async (_what, name, hurt, reason, field) => {
      await stage.apply(route('model-a', name));
      await stage.until('mroute', name, ({ status }) => status?.phase === 'Healthy');
      const { stable } = await underWay(name, on(name));
      const callers = stage.call(name, 10);
      await hurt();
      const stalled = await stage.until(
        'prel',
        name,
        (live) => conditionOf(live, 'Stalled')?.status === 'True',
      );
      expect(conditionOf(stalled, 'Stalled')).toMatchObject({
        reason,
        message: expect.stringContaining(field),
      });
      expect(stalled.status).toMatchObject({ phase: 'Invalid', traffic: allOn(stable) });
      const before = callers.counts().byRevision[stable] ?? 0;
      await stage.until('prel', name, () => (callers.counts().byRevision[stable] ?? 0) > before + 10);
      await callers.stop();
      expect(callers.errors()).toEqual([]);
    },
  );

  test('the provider is deleted: the route says so, and calls are answered by what it had', async () => {
    await stage.kubectl('get', 'mprov', 'sim');
    const { stable } = await underWay('providerless');
    const callers = stage.call('providerless', 10);
    await stage.kubectl('delete', 'mprov', 'sim');
    const stalled = await stage.until(
      'mroute',
      'fast',
      (live) => conditionOf(live, 'Stalled')?.status === 'True',
    );
    expect(conditionOf(stalled, 'Stalled')).toMatchObject({
      reason: 'ProviderNotFound',
      message: expect.stringContaining('spec.backends[0].providerRef.name'),
    });
    expect(conditionOf(stalled, 'Available')).toMatchObject({ status: 'True' });
    const before = callers.counts().byRevision[stable] ?? 0;
    await stage.until('prel', 'providerless', () => (callers.counts().byRevision[stable] ?? 0) > before + 10);
    await callers.stop();
    expect(callers.errors()).toEqual([]);
  });
});

const on = (name: string) => ({ spec: { routeRef: { name } } });
