import { setTimeout as delay } from 'node:timers/promises';
import { conditionOf, contentOf, QUICK, release, type Stage, startStage } from '../cluster/stage.ts';
import { auditEvents, isWrite } from '../control-plane/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { RULES } from './phases.ts';
import { type SelfHeal, selfHeal, TOOLS } from './self-heal.ts';

let plane: ControlPlane;
let stage: Stage;
beforeAll(async () => {
  plane = await startControlPlane({ auditLog: true });
  await plane.installCRDs();
  stage = await startStage(plane, RULES);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await plane?.stop();
}, 60_000);

/** What Sluice has written about a release so far: to its status, and to anything else of it. */
async function writesAbout(name: string): Promise<{ status: number; spec: number }> {
  const ours = (await auditEvents(plane.auditLogPath!)).filter(
    (event) =>
      isWrite(event) &&
      event.userAgent?.startsWith('sluice') &&
      event.objectRef?.resource === 'promptreleases' &&
      event.objectRef.name === name,
  );
  const status = ours.filter(({ objectRef }) => objectRef?.subresource === 'status').length;
  return { status, spec: ours.length - status };
}

const phase = (name: string, wanted: string) =>
  stage.until(
    'prel',
    name,
    ({ status, metadata }) => status?.phase === wanted && status.observedGeneration === metadata.generation,
    60_000,
  );

const takenBack = (name: string, generation: number) =>
  stage.until(
    'prel',
    name,
    ({ status }) => status?.rollback?.generation === generation && status.rollback.servedAt !== undefined,
    60_000,
  );

/** Lets git be applied `times` more. */
async function heals(tool: SelfHeal, times: number): Promise<void> {
  const before = tool.applied();
  await eventually('git is applied', () => tool.applied() >= before + times, 60_000);
}

describe.each(Object.entries(TOOLS))('%s, every 2 s', (title, tool) => {
  const name = title.startsWith('Argo') ? 'argo' : 'flux';
  let git: SelfHeal;
  beforeAll(async () => {
    // `replace` wants something to replace.
    if (name === 'flux') await stage.apply(release(name, 'good one'));
    git = selfHeal(stage, tool);
  });
  afterAll(() => git?.stop());

  test('a bad commit is taken back, is not served again, and nothing is written while git is forced on', async () => {
    await git.commit(release(name, 'good one'));
    const good = (await phase(name, 'Healthy')).status?.stableRevision;
    const callers = stage.call(name, 20);

    await git.commit(release(name, 'bad one'));
    const { metadata } = await stage.get('prel', name);
    const pinned = await takenBack(name, metadata.generation);
    expect(pinned.status).toMatchObject({
      phase: 'RolledBack',
      stableRevision: good,
      traffic: [{ revision: good, weight: 100 }],
      rollback: { mode: 'Pin', to: good },
    });
    expect(contentOf(pinned)).toBe('bad one');

    // Calls that were under way have ended by then.
    await heals(git, 1);
    const writes = await writesAbout(name);
    const served = { ...callers.counts().byRevision };
    await heals(git, 5);
    expect(await writesAbout(name)).toEqual(writes);
    const { byRevision } = callers.counts();
    const others = Object.keys(byRevision).filter((each) => each !== good);
    for (const each of others) expect([each, byRevision[each]]).toEqual([each, served[each]]);
    expect(byRevision[good!]).toBeGreaterThan(served[good!]! + 50);
    expect((await stage.get('prel', name)).metadata.generation).toBe(metadata.generation);
    await callers.stop();
    expect(callers.errors()).toEqual([]);
    // A handful for two rollouts begun and one taken back, and never to the spec.
    expect(writes.status).toBeLessThan(20);
    expect(writes.spec).toBe(0);
  }, 180_000);

  test('the next good commit rolls out, the next bad one is taken back, and the first bad one stays out', async () => {
    const callers = stage.call(name, 20);
    const before = (await stage.get('prel', name)).status;
    await git.commit(release(name, 'good two'));
    const promoted = await phase(name, 'Healthy');
    const good = promoted.status?.stableRevision;
    expect(good).not.toBe(before?.stableRevision);
    expect(promoted.status?.history?.[0]).toMatchObject({ revision: good, outcome: 'Promoted' });

    await git.commit(release(name, 'bad two'));
    const second = await takenBack(name, (await stage.get('prel', name)).metadata.generation);
    expect(second.status?.rollback).toMatchObject({ to: good, mode: 'Pin' });
    expect(second.status?.quarantined).toHaveLength(2);

    await git.commit(release(name, 'bad one'));
    const out = await stage.until(
      'prel',
      name,
      (live) =>
        conditionOf(live, 'Stalled')?.reason === 'RevisionQuarantined' &&
        live.status?.observedGeneration === live.metadata.generation,
    );
    expect(out.status?.attempt).toBe(second.status?.attempt);
    const writes = await writesAbout(name);
    await heals(git, 3);
    expect(await writesAbout(name)).toEqual(writes);
    expect((await stage.get('prel', name)).status?.traffic).toEqual([{ revision: good, weight: 100 }]);

    // Git reverts: healthy at once, without a rollout.
    await git.commit(release(name, 'good two'));
    const healthy = await phase(name, 'Healthy');
    expect(healthy.status?.attempt).toBe(second.status?.attempt);
    await callers.stop();
    expect((await writesAbout(name)).spec).toBe(0);
  }, 240_000);

  test('a retryToken in git lets it in once', async () => {
    const callers = stage.call(name, 20);
    const rollout = { ...QUICK, retryToken: 'the provider was down' };
    await git.commit(release(name, 'bad one', { rollout }));
    const { metadata, status } = await stage.get('prel', name);
    const again = await takenBack(name, metadata.generation);
    expect(again.status?.attempt).toBe((status?.history?.length ?? 0) + 1);
    await heals(git, 3);
    expect((await stage.get('prel', name)).status?.attempt).toBe(again.status?.attempt);
    await callers.stop();
  }, 120_000);
});

/** What Argo CD's docs warn of: two who both insist. */
test('RevertSpec against self-heal: the spec is put back once, git wins the spec, and stable serves', async () => {
  const git = selfHeal(stage, TOOLS['Argo CD, server-side apply by force']);
  const rollout = { ...QUICK, rollback: { mode: 'RevertSpec' } };
  await git.commit(release('fight', 'good', { rollout }));
  const good = (await phase('fight', 'Healthy')).status?.stableRevision;
  const callers = stage.call('fight', 20);
  await git.commit(release('fight', 'bad', { rollout }));
  await stage.until(
    'prel',
    'fight',
    (live) => conditionOf(live, 'Stalled')?.reason === 'RevisionQuarantined',
    60_000,
  );
  // What was decided is written by now; what comes is only git, again and again.
  await heals(git, 1);
  const writes = await writesAbout('fight');
  await heals(git, 5);
  expect(await writesAbout('fight')).toEqual(writes);
  expect(writes.spec).toBe(1);
  const after = await stage.get('prel', 'fight');
  expect(contentOf(after)).toBe('bad');
  expect(after.status?.traffic).toEqual([{ revision: good, weight: 100 }]);
  await callers.stop();
  await git.stop();
  expect(callers.errors()).toEqual([]);
}, 180_000);

test.each([
  ['Pin', 'bad'],
  ['RevertSpec', 'good'],
  ['Auto', 'good'],
])(
  'without GitOps, mode %s leaves the spec at "%s"',
  async (mode, content) => {
    const name = `by-hand-${mode.toLowerCase()}`;
    const rollout = { steps: [{ weight: 20, minDuration: '1h' }], rollback: { mode } };
    await stage.apply(release(name, 'good', { rollout }));
    await phase(name, 'Healthy');
    await stage.apply(release(name, 'bad', { rollout }));
    await phase(name, 'Progressing');
    await stage.kubectl('annotate', 'prel', name, 'sluice.dev/abort=true');
    await phase(name, 'RolledBack');
    const before = await stage.until(
      'prel',
      name,
      ({ status }) => mode === 'Pin' || status?.rollback?.revertedGeneration !== undefined,
    );
    expect(contentOf(before)).toBe(content);
    // Whoever asked for Pin gets no later write either.
    await delay(3_000);
    expect((await stage.get('prel', name)).metadata.generation).toBe(before.metadata.generation);
  },
  60_000,
);

test('who applies server-side takes the field back from Sluice by force after the spec was put back', async () => {
  const rollout = { steps: [{ weight: 20, minDuration: '1h' }] };
  const apply = (content: string, ...more: string[]) =>
    stage.cluster.kubectl(['-n', stage.namespace, 'apply', '--server-side', ...more, '-f', '-'], {
      input: JSON.stringify(release('by-field', content, { rollout })),
    });
  expect(await apply('good')).toMatchObject({ code: 0 });
  await phase('by-field', 'Healthy');
  expect(await apply('bad')).toMatchObject({ code: 0 });
  await phase('by-field', 'Progressing');
  await stage.kubectl('annotate', 'prel', 'by-field', 'sluice.dev/abort=true');
  const reverted = await stage.until(
    'prel',
    'by-field',
    ({ status }) => status?.rollback?.revertedGeneration !== undefined,
  );
  expect(contentOf(reverted)).toBe('good');

  expect(await apply('good two')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('conflict with "sluice'),
  });
  expect(await apply('good two', '--force-conflicts')).toMatchObject({ code: 0 });
  await phase('by-field', 'Progressing');
  expect(await apply('good three')).toMatchObject({ code: 0 });
}, 60_000);
