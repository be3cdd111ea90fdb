import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { load } from 'js-yaml';
import { type Live, release, type Stage, startStage } from '../cluster/stage.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { ARGOCD_CM, act, offered } from './argocd.ts';
import { judgeProgram } from './judge.ts';
import { RULES } from './phases.ts';

const SLOW = {
  steps: [
    { weight: 20, minDuration: '1h' },
    { weight: 50, minDuration: '1h' },
  ],
};

let stage: Stage;
beforeAll(() => judgeProgram(), 600_000);
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), RULES);
}, 120_000);
afterAll(() => stage?.stop());

/** Does what a click in Argo CD does: runs the action over the live object, and patches what it changed. */
async function click(action: string, name: string): Promise<void> {
  const live = await stage.get('prel', name);
  expect(await offered([live])).toEqual([expect.arrayContaining([action])]);
  const annotations = await act(action, live);
  const patch = JSON.stringify({ metadata: { annotations } });
  await stage.kubectl('patch', 'prel', name, '--type=merge', '--field-manager=argocd-server', '-p', patch);
  await stage.until('prel', name, ({ metadata }) =>
    Object.keys(metadata.annotations ?? {}).every((each) => !each.startsWith('sluice.dev/')),
  );
}

const healthy = (name: string): Promise<Live> =>
  stage.until(
    'prel',
    name,
    ({ status, metadata }) =>
      status?.phase === 'Healthy' && status.observedGeneration === metadata.generation,
  );

const begun = (name: string): Promise<Live> =>
  stage.until('prel', name, ({ status }) => status?.step?.index === 0);

test.each([
  ['Pin', 'two'],
  ['RevertSpec', 'one'],
] as const)(
  'each action does what it says, in mode %s',
  async (mode, spec) => {
    const name = `acted-${mode.toLowerCase()}`;
    const rollout = { ...SLOW, rollback: { mode } };
    await stage.apply(release(name, 'one', { rollout }));
    const first = (await healthy(name)).status?.stableRevision;

    await stage.apply(release(name, 'two', { rollout }));
    const second = (await begun(name)).status?.candidateRevision;
    await click('promote', name);
    expect((await stage.get('prel', name)).status?.step?.index).toBe(1);

    await click('abort', name);
    const aborted = await stage.until(
      'prel',
      name,
      ({ status }) =>
        status?.phase === 'RolledBack' &&
        (mode === 'Pin' || status.rollback?.revertedGeneration !== undefined),
    );
    expect(aborted.status).toMatchObject({
      stableRevision: first,
      rollback: { from: second, reason: 'aborted by Argo CD' },
    });
    expect(JSON.stringify(aborted.spec)).toContain(`"content":"${spec}"`);

    await click('retry', name);
    expect((await begun(name)).status?.candidateRevision).toBe(second);
    await click('promote-full', name);
    expect((await healthy(name)).status?.stableRevision).toBe(second);

    await click('rollback', name);
    const { status } = await stage.until('prel', name, (live) => live.status?.stableRevision === first);
    expect(status).toMatchObject({ phase: 'RolledBack', traffic: [{ revision: first, weight: 100 }] });
    // There is nothing before the first.
    expect(await offered([await stage.get('prel', name)])).toEqual([
      expect.not.arrayContaining(['rollback']),
    ]);
  },
  120_000,
);

test('an action where it makes no sense changes nothing', async () => {
  await stage.apply(release('idle', 'one', { rollout: SLOW }));
  const live = await healthy('idle');
  for (const action of ['promote', 'promote-full', 'abort', 'retry', 'rollback']) {
    expect(await act(action, live)).toEqual(live.metadata.annotations);
    expect(await act(action, { ...live, status: undefined })).toEqual(live.metadata.annotations);
  }
});

test('as a component of kustomize it does the same', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-argocd-'));
  try {
    const cm = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm' },
      data: { url: 'https://argo' },
    };
    await writeFile(join(directory, 'cm.json'), JSON.stringify(cm));
    const components = [relative(await realpath(directory), dirname(ARGOCD_CM))];
    await writeFile(
      join(directory, 'kustomization.yaml'),
      JSON.stringify({ resources: ['cm.json'], components }),
    );
    const { data } = load(await stage.kubectl('kustomize', directory)) as { data: Record<string, string> };
    const own = load(await readFile(ARGOCD_CM, 'utf8')) as { data: Record<string, string> };
    expect(data).toEqual({ ...cm.data, ...own.data });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the command of the docs adds to an argocd-cm, and leaves what stands in it', async () => {
  const docs = await readFile(new URL('../../docs/argocd.md', import.meta.url), 'utf8');
  const command = 'kubectl -n argocd patch configmap argocd-cm --patch-file config/argocd/argocd-cm.yaml';
  expect(docs).toContain(command);
  await stage.kubectl('create', 'configmap', 'argocd-cm', '--from-literal=url=https://argo.example');
  await stage.kubectl('patch', 'configmap', 'argocd-cm', '--patch-file', ARGOCD_CM);
  const { data } = JSON.parse(await stage.kubectl('get', 'configmap', 'argocd-cm', '-o', 'json')) as {
    data: Record<string, string>;
  };
  expect(Object.keys(data).toSorted()).toEqual([
    'resource.customizations.actions.sluice.dev_ModelRoute',
    'resource.customizations.actions.sluice.dev_PromptRelease',
    'resource.customizations.health.sluice.dev_EvalSuite',
    'resource.customizations.health.sluice.dev_ModelProvider',
    'resource.customizations.health.sluice.dev_ModelRoute',
    'resource.customizations.health.sluice.dev_PromptRelease',
    'url',
  ]);
});
