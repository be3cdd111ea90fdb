import { readFile, writeFile } from 'node:fs/promises';
import { dump, load } from 'js-yaml';
import { eventually } from '../eventually.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  const rules = [
    { match: { model: 'model-gone' }, errors: { rate: 1, status: 404 }, answer: 'x' },
    { match: {}, answer: 'pong' },
  ];
  stage = await startStage(rules, { strategy: 'Immediate' });
});
afterEach(() => stage.stop());

test('sluice run probes every model that a route asks, and says which does not answer', async () => {
  const apiVersion = 'sluice.dev/v1alpha1';
  const provider = {
    apiVersion,
    kind: 'ModelProvider',
    metadata: { name: 'probed' },
    spec: { dialect: 'OpenAI', baseURL: stage.simulator.baseURL, probe: {} },
  };
  const backends = ['model-a', 'model-gone'].map((model) => ({
    name: model,
    providerRef: { name: 'probed' },
    model,
  }));
  const route = { apiVersion, kind: 'ModelRoute', metadata: { name: 'probed' }, spec: { backends } };
  await writeFile(
    stage.path('manifests', 'probed.yaml'),
    [provider, route].map((each) => dump(each)).join('---\n'),
  );
  const statusOf = async (kind: string) => {
    const file = stage.path('state', 'status', 'default', kind, 'probed.yaml');
    return readFile(file, 'utf8').then(
      (text) => load(text) as object,
      () => ({}),
    );
  };
  const said = JSON.stringify;
  await eventually('both probes', async () => said(await statusOf('ModelProvider')).includes('"Fails"'));
  await eventually('the condition', async () => said(await statusOf('ModelRoute')).includes('FallbackFails'));
  expect(said(await statusOf('ModelProvider'))).toContain('"Works"');
}, 60_000);
