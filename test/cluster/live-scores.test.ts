import { randomBytes } from 'node:crypto';
import type { EvalSuiteStatus } from '../../src/api/eval-suite.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';
import { release, type Stage, startStage } from './stage.ts';

const LETTERS = 'abcdefghij'.split('');
const answerOf = (letters: string[]) => letters.map((letter) => `mark-${letter}`).join(' ');
const guardrails = [{ name: 'quality', metric: 'EvalScore', evalSuiteRef: { name: 'marks' } }];
const scored = (content: string, minDuration = '10m') =>
  release('triage', content, { rollout: { steps: [{ weight: 50, minDuration, minCalls: 20 }], guardrails } });

const suite = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'EvalSuite',
  metadata: { name: 'marks' },
  spec: {
    assert: LETTERS.map((letter) => ({ type: 'contains', value: `mark-${letter}` })),
    live: { share: '100%' },
  },
};

let stage: Stage;
let evaluator: SluiceProcess | undefined;
beforeAll(async () => {
  const port = 20_000 + (randomBytes(2).readUInt16BE() % 10_000);
  const url = `http://127.0.0.1:${port}`;
  stage = await startStage(
    await sharedControlPlane(),
    [
      { match: { text: 'worse' }, answer: answerOf(LETTERS.slice(2)) },
      { match: {}, answer: answerOf(LETTERS.slice(1)) },
    ],
    ['--evaluator', url],
  );
  startEvaluator = () => {
    const { cluster, namespace, gatewayAdminUrl } = stage;
    const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--no-leader-elect'];
    evaluator = startSluice([
      'evaluator',
      ...where,
      ...['--admin', `127.0.0.1:${port}`, '--gateway', gatewayAdminUrl],
    ]);
  };
}, 120_000);
afterAll(async () => {
  await evaluator?.kill('SIGTERM');
  await stage?.stop();
});
let startEvaluator: () => void;

test('without an evaluator a candidate is held, and says so; with one it goes on', async () => {
  await stage.apply(suite, scored('good'));
  await stage.until('prel', 'triage', (live) => live.status?.phase === 'Healthy');
  const callers = stage.call('triage', 30);
  await stage.apply(scored('good too', '2s'));
  const held = await stage.until('prel', 'triage', ({ status }) =>
    Boolean(status?.guardrails?.some(({ message }) => message?.startsWith('evaluator 127.0.0.1:'))),
  );
  expect(held.status).toMatchObject({ phase: 'Progressing', guardrails: [{ verdict: 'NoData' }] });
  startEvaluator();
  const live = await stage.until('prel', 'triage', ({ status }) => status?.history?.length === 2, 60_000);
  expect(live.status?.history?.[0]).toMatchObject({ outcome: 'Promoted' });
  await eventually('what was scored is written', async () => {
    const { status } = await stage.get<EvalSuiteStatus>('evals', 'marks');
    return (status?.live?.scored ?? 0) > 0;
  });
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 180_000);

test('answers that score .80 instead of .90, without one error, are taken back within 150 judged calls', async () => {
  const callers = stage.call('triage', 30);
  await stage.apply(scored('worse'));
  const { status } = await stage.until(
    'prel',
    'triage',
    (live) => live.status?.phase === 'RolledBack',
    60_000,
  );
  expect(status?.rollback).toMatchObject({ guardrail: 'quality', to: status?.stableRevision });
  const found = /^scored 0\.8 over (\d+), stable 0\.9 over (\d+)$/.exec(status!.rollback!.reason);
  expect(Number(found?.[1]) + Number(found?.[2])).toBeLessThanOrEqual(150);
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 120_000);
