import type { EvalSuiteStatus } from '../../src/api/eval-suite.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';
import { PLANTED_KEY, release, type Stage, startStage } from './stage.ts';

let stage: Stage;
let evaluator: SluiceProcess;
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), [{ match: {}, answer: 'It is about billing.' }]);
  const { cluster, namespace } = stage;
  const common = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--admin', '127.0.0.1:0'];
  evaluator = startSluice(['evaluator', ...common, '--no-leader-elect']);
}, 120_000);
afterAll(async () => {
  await evaluator?.kill('SIGTERM');
  await stage?.stop();
});

const suite = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'EvalSuite',
  metadata: { name: 'tickets' },
  spec: {
    cases: Array.from({ length: 20 }, (_, at) => ({
      messages: [{ role: 'user', content: `What is ticket ${at} about?` }],
    })),
    assert: [{ type: 'contains', value: 'billing' }],
    schedule: {
      every: '6h',
      releases: [{ kind: 'PromptRelease', name: 'triage' }],
      onDrift: 'Rollback',
    },
  },
};

/** The status of the suite once it satisfies `wanted`. */
const suiteUntil = (wanted: (status: EvalSuiteStatus) => boolean): Promise<EvalSuiteStatus> => {
  let last: EvalSuiteStatus | undefined;
  return eventually(
    () => `${JSON.stringify(last)}\n${evaluator.output().slice(-1500)}`,
    async () => {
      last = (await stage.get<EvalSuiteStatus>('evals', 'tickets')).status;
      return last !== undefined && wanted(last) ? last : undefined;
    },
  );
};

/** Has the last run have ended seven hours ago. */
async function setBack(): Promise<void> {
  const path = '/status/schedules/0/lastRunAt';
  const value = new Date(Date.now() - 7 * 3_600_000).toISOString();
  const patch = JSON.stringify([{ op: 'replace', path, value }]);
  await stage.kubectl('patch', 'evals', 'tickets', '--subresource=status', '--type=json', '-p', patch);
}

test('a model that the provider changes under its name is caught, and the revision before serves again', async () => {
  const rollout = { strategy: 'Immediate' };
  await stage.apply(release('triage', 'one', { rollout }));
  const one = await stage.until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
  const first = one.status?.stableRevision;
  await stage.apply(release('triage', 'two', { rollout }));
  await stage.until('prel', 'triage', ({ status }) => status?.stableRevision !== first);

  await stage.apply(suite);
  const begun = await suiteUntil(({ schedules }) => schedules !== undefined);
  expect(begun.schedules).toMatchObject([{ lastVerdict: 'Pass', drifted: false, reference: { runs: 1 } }]);
  await setBack();
  await suiteUntil(({ schedules }) => schedules?.[0]?.reference?.runs === 2);

  stage.simulator.setRules([{ match: {}, answer: 'It is about the weather.' }]);
  await setBack();
  const back = await stage.until('prel', 'triage', ({ status }) => status?.stableRevision === first);
  expect(back.status).toMatchObject({
    rollback: { to: first },
    lastAction: { verb: 'rollback-to', value: first, by: 'EvalSuite tickets' },
  });
  // What serves now is asked too, and is a reference of its own.
  const after = await suiteUntil(({ schedules }) => schedules?.[0]?.revision === first);
  expect(after.runs?.map(({ verdict }) => verdict)).toEqual(['Pass', 'Fail', 'Pass', 'Pass']);
  const events = await eventually('the Events', async () => {
    const text = await stage.kubectl('get', 'events.events.k8s.io', '-o', 'json');
    return text.includes('triage-') && text.includes('has drifted by EvalSuite tickets') ? text : undefined;
  });
  expect(`${events}${JSON.stringify(after)}${evaluator.output()}`).not.toContain(PLANTED_KEY);
});
