import { writeFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import type { EvalSuiteSpec } from '../../src/api/eval-suite.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { type Stage, startStage } from './stage.ts';

const apiVersion = 'sluice.dev/v1alpha1';
const rollout: Rollout = {
  gates: [{ evalSuiteRef: { name: 'golden' } }],
  steps: [{ weight: 50, minDuration: '10m' }],
};

let stage: Stage;
beforeEach(async () => {
  stage = await startStage(
    [
      { match: { model: 'judge' }, answer: '{"reason": "so", "score": 1, "pass": true}' },
      { match: { text: 'worse' }, answer: 'We help.' },
      { match: {}, answer: 'We at Acme help.' },
    ],
    rollout,
  );
});
afterEach(() => stage.stop());

function save(kind: string, name: string, spec: object): Promise<void> {
  return writeFile(
    stage.path('manifests', `${name}.yaml`),
    dump({ apiVersion, kind, metadata: { name }, spec }),
  );
}
const suite = (over: EvalSuiteSpec = {}) =>
  save('EvalSuite', 'golden', {
    cases: Array.from({ length: 30 }, (_, n) => ({ name: `case ${n}` })),
    assert: [{ type: 'contains', value: 'Acme' }],
    ...over,
  });

test('a candidate that fails its gate serves not one call, and the next good one begins', async () => {
  await suite();
  const callers = stage.call('triage', 30);
  await stage.release('triage', 'worse');
  const { rollback, stableRevision } = await stage.until('triage', ({ phase }) => phase === 'RolledBack');
  expect(rollback).toMatchObject({ guardrail: 'gate:golden', badCalls: 0 });
  expect(Object.keys(callers.counts().byRevision)).toEqual([stableRevision]);
  await stage.release('triage', 'good too');
  await stage.until('triage', ({ step }) => step?.index === 0);
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 120_000);

test('a judge that is down holds it, and once it is back it begins', async () => {
  const judgedBy = (baseURL: string) => save('ModelProvider', 'judges', { dialect: 'OpenAI', baseURL });
  await judgedBy('http://127.0.0.1:1/v1');
  await suite({
    cases: [{ name: 'one' }],
    assert: [{ type: 'llm-rubric', value: 'is kind' }],
    judge: { providerRef: { name: 'judges' }, model: 'judge' },
  });
  await stage.release('triage', 'good too');
  const { phase } = await stage.until(
    'triage',
    ({ message }) => message?.includes('could not be reached') === true,
  );
  expect(phase).toBe('Evaluating');
  await judgedBy(stage.simulator.baseURL);
  await stage.until('triage', ({ step }) => step?.index === 0, 60_000);
}, 120_000);
