import { readFile, writeFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import type { EvalSuiteSpec } from '../../src/api/eval-suite.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { type Stage, startStage } from './stage.ts';

const LETTERS = 'abcdefghij'.split('');
const answerOf = (letters: string[]) => letters.map((letter) => `mark-${letter}`).join(' ');

let stage: Stage;
beforeEach(async () => {
  stage = await startStage(
    [
      { match: { text: 'worse' }, answer: answerOf(LETTERS.slice(2)) },
      { match: {}, answer: answerOf(LETTERS.slice(1)) },
    ],
    { steps: [{ weight: 50, minDuration: '10m' }] },
  );
});
afterEach(() => stage.stop());

const rollout: Rollout = {
  steps: [{ weight: 50, minDuration: '10m' }],
  guardrails: [{ name: 'quality', metric: 'EvalScore', evalSuiteRef: { name: 'marks' } }],
};

function suite(spec: EvalSuiteSpec): Promise<void> {
  const object = { apiVersion: 'sluice.dev/v1alpha1', kind: 'EvalSuite', metadata: { name: 'marks' }, spec };
  return writeFile(stage.path('manifests', 'suite.yaml'), dump(object));
}

test('answers that score .80 instead of .90, without one error, are taken back within 150 judged calls', async () => {
  await suite({
    assert: LETTERS.map((letter) => ({ type: 'contains', value: `mark-${letter}` })),
    live: { share: '100%' },
  });
  const callers = stage.call('triage', 30);
  await stage.release('triage', 'worse', { rollout });
  const { rollback, stableRevision } = await stage.until('triage', (status) => status.rollback !== undefined);
  expect(rollback).toMatchObject({ guardrail: 'quality', to: stableRevision });
  const scored = /^scored 0\.8 over (\d+), stable 0\.9 over (\d+)$/.exec(rollback!.reason);
  expect(Number(scored?.[1]) + Number(scored?.[2])).toBeLessThanOrEqual(150);
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 90_000);

test('a judge that is down holds the release, and says so where people look', async () => {
  const judge = { providerRef: { name: 'away' }, model: 'judge' };
  await writeFile(
    stage.path('manifests', 'away.yaml'),
    dump({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'ModelProvider',
      metadata: { name: 'away' },
      spec: { dialect: 'OpenAI', baseURL: 'http://127.0.0.1:1/v1' },
    }),
  );
  await suite({ assert: [{ type: 'llm-rubric', value: 'is kind' }], judge, live: { share: '100%' } });
  stage.call('triage', 30);
  await stage.release('triage', 'good too', {
    rollout: { ...rollout, steps: [{ weight: 50, minDuration: '1s', minCalls: 5 }] },
  });
  const held = await stage.until('triage', ({ guardrails = [] }) =>
    guardrails.some(({ message = '' }) => message.includes('provider away could not be reached')),
  );
  expect(held).toMatchObject({
    phase: 'Progressing',
    step: { index: 0 },
    guardrails: [{ verdict: 'NoData' }],
  });
  const suiteStatus = stage.path('state', 'status', 'default', 'EvalSuite', 'marks.yaml');
  expect(await readFile(suiteStatus, 'utf8')).toContain('could not be reached');
}, 90_000);
