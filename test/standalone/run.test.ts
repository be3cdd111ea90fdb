import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually } from '../eventually.ts';
import { type Callers, startCallers } from '../processes/callers.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';

const apiVersion = 'sluice.dev/v1alpha1';
const STEPS = [
  { weight: 20, minDuration: '4s', minCalls: 20 },
  { weight: 50, minDuration: '4s', minCalls: 20 },
];
const rules = (errors = 0) => [
  { match: { text: 'bad' }, errors: 0.2, answer: 'Hello' },
  { match: {}, errors, answer: 'Hello' },
];

let folder: string;
let simulator: Simulator;
let sluice: SluiceProcess;
let url: string;
let callers: Callers | undefined;

const path = (...parts: string[]) => join(folder, ...parts);
const apply = (name: string, object: object) =>
  writeFile(path('manifests', `${name}.yaml`), dump({ apiVersion, ...object }));
const release = (
  name: string,
  content: string,
  over: { steps?: object[]; annotations?: Record<string, string> } = {},
) =>
  apply(name, {
    kind: 'PromptRelease',
    metadata: { name, annotations: over.annotations ?? {} },
    spec: {
      routeRef: { name: 'fast' },
      prompt: { messages: [{ role: 'system', content }] },
      rollout: { steps: over.steps ?? STEPS },
    },
  });

async function start(): Promise<void> {
  const addresses = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  sluice = startSluice(['run', '--manifests', path('manifests'), '--state', path('state'), ...addresses]);
  url = String((await sluice.logged(({ msg }) => msg === 'the gateway listens')).url);
}

async function until(
  name: string,
  wanted: (status: ReleaseStatus) => boolean,
  ms = 45_000,
): Promise<ReleaseStatus> {
  let last: ReleaseStatus | undefined;
  const file = path('state', 'status', 'default', 'PromptRelease', `${name}.yaml`);
  return eventually(
    () => `${name}: ${JSON.stringify(last)}\n${sluice.output().slice(-1000)}`,
    async () => {
      const text = await readFile(file, 'utf8').catch(() => '{}');
      last = (load(text) as { status?: ReleaseStatus }).status ?? {};
      return wanted(last) ? last : undefined;
    },
    ms,
    200,
  );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-run-'));
  await mkdir(path('manifests'));
  simulator = await startSimulator({ rules: rules(), seed: 5 });
  await apply('provider', {
    kind: 'ModelProvider',
    metadata: { name: 'sim' },
    spec: { dialect: 'OpenAI', baseURL: simulator.baseURL },
  });
  const backends = [{ name: 'one', providerRef: { name: 'sim' }, model: 'm' }];
  await apply('route', { kind: 'ModelRoute', metadata: { name: 'fast' }, spec: { backends } });
  await release('triage', 'good');
  await start();
  await until('triage', ({ phase }) => phase === 'Healthy');
});
afterEach(async () => {
  await callers?.stop();
  callers = undefined;
  await sluice.kill('SIGTERM');
  await simulator.close(100);
  await rm(folder, { recursive: true, force: true });
});

test('saving a file is applying it: a good release is promoted, a bad one is taken back, the file stays as it is', async () => {
  callers = startCallers(url, 'triage', 40);
  await release('triage', 'good two');
  const { stableRevision } = await until(
    'triage',
    ({ phase, attempt }) => phase === 'Healthy' && attempt === 2,
  );
  await release('triage', 'bad');
  const status = await until('triage', ({ rollback }) => rollback?.servedAt !== undefined);
  expect(status).toMatchObject({
    phase: 'RolledBack',
    stableRevision,
    rollback: { guardrail: 'errors', mode: 'Pin' },
  });
  expect(await readFile(path('manifests', 'triage.yaml'), 'utf8')).toContain('content: bad');

  await release('triage', 'bad', { annotations: { 'sluice.dev/retry': 'true' } });
  await until('triage', ({ candidateRevision }) => candidateRevision === status.rollback?.from);
}, 120_000);

test('killed in mid-rollout and started again, it comes to the same end', async () => {
  const steps = [{ weight: 40, minDuration: '12s', minCalls: 20 }];
  callers = startCallers(url, 'triage', 40);
  await release('triage', 'good two', { steps });
  await until('triage', ({ step }) => (step?.elapsedMs ?? 0) > 0);
  await callers.stop();
  await sluice.kill('SIGKILL');
  await start();
  callers = startCallers(url, 'triage', 40);
  const status = await until('triage', ({ candidateRevision }) => candidateRevision === undefined);
  expect(status).toMatchObject({
    phase: 'Healthy',
    attempt: 2,
    history: [{ outcome: 'Promoted' }, { outcome: 'Promoted' }],
  });
}, 90_000);

test('started again, it still takes feedback for a call of before', async () => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'triage', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  const call = answer.headers.get('x-sluice-call');
  const key = await readFile(path('state', 'feedback.key'), 'utf8');
  const before = sluice.output();
  await sluice.kill('SIGTERM');
  await start();
  const give = () =>
    fetch(`${url}/v1/feedback`, { method: 'POST', body: JSON.stringify({ call, thumb: 'down' }) });
  await eventually('taken', async () => (await give()).status === 204);
  expect((await give()).status).toBe(409);
  expect(before + sluice.output()).not.toContain(key);
}, 60_000);

test('a manifest that breaks keeps everything serving, and says where it is broken', async () => {
  await release('other', 'good');
  await until('other', ({ phase }) => phase === 'Healthy');
  callers = startCallers(url, 'triage', 20);
  await writeFile(path('manifests', 'triage.yaml'), 'kind: PromptRelease\nspec: [unclosed\n');
  const broken = await until('triage', ({ phase }) => phase === 'Invalid');
  expect(broken.message).toContain('triage.yaml');
  await release('other', 'good two', { steps: [{ weight: 50, minDuration: '1s', minCalls: 0 }] });
  await until('other', ({ attempt, phase }) => attempt === 2 && phase === 'Healthy');
  await release('triage', 'good');
  await until('triage', ({ phase }) => phase === 'Healthy');
  await callers.stop();
  expect(callers.errors()).toEqual([]);
}, 90_000);

test('an incident that hits both revisions alike takes nothing back', async () => {
  callers = startCallers(url, 'triage', 50);
  await release('triage', 'good two', { steps: [{ weight: 30, minDuration: '15s', minCalls: 150 }] });
  await until('triage', ({ step }) => (step?.calls ?? 0) > 30);
  simulator.setRules(rules(0.06));
  const status = await until('triage', ({ candidateRevision }) => candidateRevision === undefined);
  expect(status.history?.[0]?.outcome).toBe('Promoted');
}, 90_000);
