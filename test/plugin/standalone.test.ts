import { readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { type Stage, startStage } from '../standalone/stage.ts';
import { sluice } from './sluice.ts';

const SLOW = {
  steps: [
    { weight: 10, minDuration: '1h' },
    { weight: 50, minDuration: '1h' },
  ],
};

let stage: Stage;
beforeAll(async () => {
  stage = await startStage([{ match: {}, answer: 'Hello' }], SLOW);
}, 60_000);
afterAll(() => stage?.stop());

/** Runs a verb on the stage's state folder. */
const verb = (name: string, ...args: string[]) => sluice(name, '--state', stage.path('state'), ...args);

test('a rollout is looked at, promoted, taken back, let in again and rolled back by hand', async () => {
  const healthy = await verb('status', 'triage');
  expect(healthy).toMatchObject({ code: 0, stderr: '' });
  expect(healthy.stdout).toMatch(/^prel\/triage {2}Healthy/);
  const first = (await stage.until('triage', () => true)).stableRevision!;

  await stage.release('triage', 'good two');
  const { candidateRevision } = await stage.until('triage', ({ step }) => step?.index === 0);
  const candidate = candidateRevision!;
  const drawn = (await verb('status', 'prel/triage')).stdout;
  expect(drawn).toContain(`candidate  10%  ███······················  ${candidate}`);
  expect(drawn).toContain('▶ 10% ── · 50%');
  const difference = await verb('diff', 'triage', 'stable', candidate);
  expect(difference.stdout).toContain('- good\n+ good two\n');

  expect(await verb('promote', 'triage')).toMatchObject({
    code: 0,
    stdout: `${candidate} goes to the next step\n`,
  });
  const aborted = await verb('abort', 'triage', '--reason', 'too chatty');
  expect(aborted).toMatchObject({ code: 0, stdout: `${candidate} was taken back\n` });
  const status = await stage.until('triage', ({ phase }) => phase === 'RolledBack');
  const by = userInfo().username;
  expect(status).toMatchObject({
    lastAction: { verb: 'abort', by, reason: 'too chatty' },
    rollback: { reason: `aborted by ${by}: too chatty` },
  });
  const back = await verb('status', 'triage');
  expect(back.code).toBe(3);
  const undo = /undo: sluice (.*)/.exec(back.stdout)?.[1];
  expect(undo).toBeDefined();

  expect(await sluice(...undo!.split(' '))).toMatchObject({ code: 0 });
  await stage.until('triage', (each) => each.candidateRevision === candidate);
  expect(await verb('promote', 'triage', '--full')).toMatchObject({ code: 0 });
  await stage.until('triage', ({ stableRevision }) => stableRevision === candidate);
  expect(await verb('rollback', 'triage')).toMatchObject({ code: 0, stdout: `${first} serves\n` });
  const history = (await verb('history', 'triage')).stdout;
  expect(history).toMatch(new RegExp(`${candidate} +Promoted .* kept out`));
  expect(history).toMatch(new RegExp(`${first} +Promoted .* serves`));
  expect(await readdir(stage.path('state', 'verbs'))).toEqual([]);
}, 90_000);

test('what cannot be done is said, with exit code 1', async () => {
  expect(await verb('promote', 'fast')).toMatchObject({
    code: 1,
    stderr: 'error: nothing done: no rollout of ModelRoute default/fast is under way\n',
  });
  expect((await verb('pause', 'triage')).stderr).toContain('set spec.rollout.paused: true');
  expect((await verb('status', 'other')).stderr).toContain('no PromptRelease or ModelRoute default/other');
  expect((await verb('diff', 'triage', 'stable', 'x')).stderr).toContain('x is no kept revision');
  expect((await verb('rollback', 'triage', '--to', 'x')).stderr).toContain('no revision x is kept');
});

test('releases are listed, and shown as they are', async () => {
  const all = await verb('status', '-A');
  expect(all.stdout).toMatch(/^NAMESPACE {2}RELEASE .*\ndefault +mroute\/fast +Healthy/);
  const json = JSON.parse((await verb('get', 'triage', '-o', 'json')).stdout);
  expect(json).toMatchObject({ kind: 'PromptRelease', metadata: { name: 'triage' } });
  expect((await verb('get', '-o', 'wide')).stdout).toContain('STABLE');
});

test('where nobody has the state folder, nothing is asked for', async () => {
  await stage.sluice().kill('SIGTERM');
  const { code, stderr } = await verb('rollback', 'triage', '--to', 'x');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('start sluice run') });
  expect(await readdir(stage.path('state', 'verbs'))).toEqual([]);
});
