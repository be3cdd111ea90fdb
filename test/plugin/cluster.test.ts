import { rm } from 'node:fs/promises';
import { release, type Stage, startStage } from '../cluster/stage.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { installPlugin } from './sluice.ts';

const SLOW = {
  steps: [
    { weight: 10, minDuration: '1h' },
    { weight: 50, minDuration: '1h' },
  ],
};

let plugin: string;
let stage: Stage;
beforeAll(async () => {
  // Before the cluster is asked for, which takes the environment over.
  plugin = await installPlugin();
  stage = await startStage(await sharedControlPlane(), [
    { match: { text: 'bad' }, errors: 1, answer: 'Hello' },
    { match: {}, answer: 'Hello' },
  ]);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await rm(plugin, { recursive: true, force: true });
});

/** `kubectl sluice <verb> -n <the stage's namespace> …`, by the real kubectl. */
const verb = (name: string, ...args: string[]) =>
  stage.cluster.kubectl(['sluice', name, '-n', stage.namespace, ...args]);

test('kubectl sluice looks, acts, and says who did it', async () => {
  await stage.apply(release('triage', 'good', { rollout: SLOW }));
  const first = await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
  const stable = first.status!.stableRevision!;
  expect(await verb('status', 'triage')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^prel\/triage {2}Healthy/),
    stderr: '',
  });
  await stage.apply(release('triage', 'good two', { rollout: SLOW }));
  const { status } = await stage.until('prel', 'triage', (live) => live.status?.step?.index === 0);
  const candidate = status!.candidateRevision!;

  const drawn = (await verb('status', 'triage')).stdout;
  expect(drawn).toContain(`candidate  10%  ███······················  ${candidate}`);
  expect(drawn).toContain('▶ 10% ── · 50%');
  expect((await verb('diff', 'triage', stable, candidate)).stdout).toContain('- good\n+ good two\n');
  expect((await verb('get')).stdout).toMatch(/prel\/triage +Progressing +1\/2 +10%/);

  // A promote acts on the step that is looked at; twice in a row are two.
  expect(await verb('promote', 'triage', '--reason', 'looks good')).toMatchObject({
    code: 0,
    stdout: `${candidate} goes to the next step\n`,
  });
  expect(await stage.get('prel', 'triage')).toMatchObject({
    status: { step: { index: 1 }, lastAction: { by: 'admin', reason: 'looks good' } },
  });
  expect(await verb('abort', 'triage', '--reason', 'too chatty')).toMatchObject({ code: 0 });
  const aborted = await stage.until('prel', 'triage', (live) => live.status?.phase === 'RolledBack');
  expect(aborted.status?.rollback?.reason).toBe('aborted by admin: too chatty');
  await stage.until('prel', 'triage', ({ metadata }) =>
    Object.keys(metadata.annotations ?? {}).every((name) => !name.startsWith('sluice.dev/')),
  );
  const told = await stage.kubectl('get', 'events', '-o', 'jsonpath={.items[*].message}');
  expect(told).toContain('abort by admin: too chatty');

  const back = await verb('status', 'triage');
  expect(back.code).toBe(3);
  const undo = /undo: kubectl (sluice (?:.*\\\n)*.*)/.exec(back.stdout)?.[1] ?? '';
  const words = undo.replaceAll('\\\n', ' ').split(/ +/);
  expect(await stage.cluster.kubectl(words)).toMatchObject({ code: 0 });
  await stage.until('prel', 'triage', (live) => live.status?.candidateRevision === candidate);
  expect(await verb('promote', 'triage', '--full')).toMatchObject({ code: 0 });
  expect(await verb('promote', 'triage')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no rollout'),
  });
  expect(await verb('rollback', 'triage')).toMatchObject({ code: 0, stdout: `${stable} serves\n` });
  expect((await verb('history', 'triage')).stdout).toMatch(new RegExp(`${stable} +Promoted .* serves`));
}, 120_000);

test('status --watch ends with the rollout, with a line a change and an exit code', async () => {
  await stage.apply(release('watched', 'good'));
  await stage.until('prel', 'watched', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('watched', 20);
  await stage.apply(release('watched', 'bad'));
  const bad = await verb('status', 'watched', '--watch');
  expect(bad.code).toBe(3);
  expect(bad.stdout).toMatch(/^prel\/watched {2}(Healthy|Progressing|RolledBack) /);
  expect(bad.stdout).toMatch(/\nTaken back \d+s ago, the spec was put back\n/);
  expect(bad.stdout).not.toMatch(/\p{Cc}(?<!\n)/u);

  await stage.apply(release('watched', 'good too'));
  const good = await verb('status', 'watched', '-w');
  await callers.stop();
  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(/Progressing {2}.*20 %/);
}, 120_000);

test('pause and resume write the spec, and warn where git owns it', async () => {
  const metadata = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } };
  await stage.apply(release('held', 'good', { rollout: SLOW, metadata }));
  await stage.until('prel', 'held', ({ status }) => status?.phase === 'Healthy');
  await stage.apply(release('held', 'good two', { rollout: SLOW, metadata }));
  await stage.until('prel', 'held', ({ status }) => status?.step !== undefined);
  const paused = await verb('pause', 'held', '--reason', 'the provider is down');
  expect(paused).toMatchObject({ code: 0, stderr: expect.stringContaining('set it in git too') });
  expect(paused.stdout).toContain('paused by spec.rollout.paused (by admin: the provider is down)');
  expect((await verb('status', 'held', '--watch')).code).toBe(4);
  expect(await verb('pause', 'held')).toMatchObject({ code: 1 });
  expect(await verb('resume', 'held')).toMatchObject({ code: 0 });
  expect((await verb('status', 'held')).code).toBe(0);
  const { metadata: left } = await stage.get('prel', 'held');
  expect(Object.keys(left.annotations ?? {}).filter((name) => name.includes('paused'))).toEqual([]);
}, 60_000);

test('what may not or cannot be done is said with a remedy', async () => {
  expect((await verb('status', 'nobody')).stderr).toContain('no PromptRelease or ModelRoute');
  expect((await verb('status', 'pod/x')).code).toBe(2);
  expect((await verb('promote')).code).toBe(2);
  expect((await verb('status', 'triage', '--context', 'nowhere')).stderr).toContain('--context');
});
