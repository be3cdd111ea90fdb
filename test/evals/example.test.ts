import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '../../src/api/resource.ts';
import { type EvalFolderOptions, evalFolder } from '../../src/cli/eval-folder.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { folderSource } from '../../src/evaluator/folder-source.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parseBehaviour } from '../../src/simulator/behaviour.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { openState } from '../../src/store/directory/state.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/evals');
const RELEASE = { kind: 'PromptRelease', namespace: 'support', name: 'support-triage' } as const;

let simulator: Simulator;
let folder: string;
let asked: string[];
beforeEach(async () => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), 'sluice-evals-'));
  cpSync(join(EXAMPLE, 'manifests'), folder, { recursive: true });
  const name = join(EXAMPLE, 'behaviour.yaml');
  simulator = await startSimulator({
    rules: parseBehaviour(readFileSync(name, 'utf8'), name),
    seed: 7,
    key: 'sk-planted-4711',
    onRequest: (body) => asked.push(body),
  });
  change('provider.yaml', 'http://127.0.0.1:18080/v1', simulator.baseURL);
  change(
    'provider.yaml',
    'dialect: OpenAI',
    'dialect: OpenAI\n  auth: {secretRef: {name: sim, key: api-key}}',
  );
});
afterEach(async () => {
  await simulator.close(100);
  rmSync(folder, { recursive: true });
});

function change(file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}
const worsen = () => change('release.yaml', 'You sort tickets.', 'You sort tickets in one word.');

async function run(over: Partial<EvalFolderOptions> = {}, key = 'sk-planted-4711') {
  const [out, notes, progress]: [string[], string[], string[]] = [[], [], []];
  const code = await evalFolder(
    {
      suite: 'tickets',
      manifests: folder,
      namespace: 'default',
      output: 'text',
      logLevel: 'silent',
      ...over,
    },
    {
      out: (text) => out.push(text),
      note: (line) => notes.push(line),
      progress: (line) => progress.push(line),
      env: { SLUICE_SECRET_SUPPORT_SIM_API_KEY: key },
    },
  );
  return { code, text: out.join(''), notes, progress };
}

test('the example passes as it stands, with its judge and its costs', async () => {
  const { code, text, progress } = await run();
  expect(text).toContain('✔ Pass: 5 of 5 answers passed, mean score 1');
  expect(text).toContain('judge     simulator/judge-1 ');
  expect(text).toMatch(/cost {6}\$0\.\d{4}\n/);
  expect(code).toBe(0);
  expect(asked).toHaveLength(10);
  expect(progress.at(-2)).toMatch(/^5 of 5 · 0 failed · 0 errors · \$/);
});

test('a worse prompt fails with the cases that lost most, in every form of output', async () => {
  worsen();
  const { code, text } = await run();
  expect(text).toContain('✘ Fail: 0 of 5 answers passed');
  expect(text).toMatch(/worst:\n {2}no way in: 0\.\d+: /);
  expect(code).toBe(3);
  const json = await run({ output: 'json' });
  expect(json.code).toBe(3);
  expect(JSON.parse(json.text)).toMatchObject({
    verdict: 'Fail',
    candidate: { answers: 5, passed: 0, errors: 0, metrics: { tone: 1 } },
    results: expect.arrayContaining([
      expect.objectContaining({ case: 'no way in', answer: 'billing', pass: false }),
    ]),
  });
  const { text: xml } = await run({ output: 'junit' });
  expect(xml).toContain('<testsuite name="support/tickets" tests="5" failures="5" errors="0"');
  expect(xml.match(/<failure message="/g)).toHaveLength(5);
});

test('what could not be asked is no failed answer: exit code 1, and the key is nowhere', async () => {
  const { code, text } = await run({ output: 'json' }, 'sk-wrong-4712');
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject({ verdict: 'Error', candidate: { passed: 0, errors: 5 } });
  expect(text).toContain('the provider answered 401');
  expect(text).not.toMatch(/4711|4712/);
});

test('a limit of spending ends it: the rest is errors', async () => {
  const { code, text } = await run({ maxUsd: 0.0002 });
  expect(code).toBe(1);
  expect(text).toContain('spend limit: limits.maxUSD 0.0002 is reached');
  expect(asked.length).toBeLessThan(10);
});

/** Keeps what the manifests make now as the stable revision, as `sluice run` would. */
async function keepAsStable(): Promise<string> {
  const { source, made } = await folderSource({ manifests: folder, log: silentLog });
  const { revision } = (await made(RELEASE)) as { revision: string };
  const state = await openState(join(folder, '.state'), silentLog);
  await state.saveRevision(source.revision('support', revision)!);
  const { metadata, ...rest } = source.get('PromptRelease', 'support', 'support-triage')!;
  const resource = { ...rest, metadata, status: { stableRevision: revision } } as Resource;
  await state.saveObject({ resource, file: 'release.yaml', good: true });
  return revision;
}

test('against stable, the same cases are asked of both, and what is not proven to be worse passes', async () => {
  const stable = await keepAsStable();
  const same = await run({ against: 'stable' });
  expect(same.notes).toEqual([`the manifests make ${stable}: there is nothing to compare it with`]);
  expect(same.code).toBe(0);
  worsen();
  change('suite.yaml', 'gate: {minScore: "0.9"}', 'repeat: 2\n  gate: {tolerance: "0.02"}');
  const against = stable.slice(-10);
  const compared = await run({ against, release: 'prel/support-triage', output: 'json' });
  const { verdict, message, candidate, stable: other } = JSON.parse(compared.text);
  expect([candidate.passed, candidate.answers, other.passed, other.answers]).toEqual([0, 10, 10, 10]);
  // Five cases prove nothing, and the message says so; a least score is a bar for these very cases.
  expect(message).toContain('over 5 cases: not proven to be lower by more than');
  expect([verdict, compared.code]).toEqual(['Pass', 0]);
  change('suite.yaml', 'tolerance: "0.02"', 'minScore: "0.9"');
  const { code, text } = await run({ against: 'stable' });
  expect(text).toContain('at least 0.9 is asked for');
  expect(text).toContain('no way in: 0.5, was 1: ');
  expect(code).toBe(3);
});

test.each<[string, Partial<EvalFolderOptions>, string]>([
  [
    'an unknown suite',
    { suite: 'ticket' },
    'ticket is no EvalSuite of the manifests: there are support/tickets',
  ],
  [
    'an unknown release',
    { release: 'mroute/slow' },
    '--release mroute/slow: there is none in namespace support',
  ],
  ['no name', { release: 'x/y' }, '--release: "x" is no kind of release'],
  ['an unknown revision', { against: 'stable' }, '--against stable is no kept revision'],
])('%s is a usage error', async (_what, over, message) => {
  const error = await run(over).catch((reason: Error) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toContain(message);
});

test('cases that cannot be read are said with their place', async () => {
  change('suite.yaml', 'contains:access', 'python:access');
  await expect(run()).rejects.toThrow(
    'ConfigMap support/tickets key cases.csv:4: __expected: there is no assertion python',
  );
});

test('a route may be asked, and a release whose prompt does not parse is said', async () => {
  const { code } = await run({ release: 'mroute/fast-chat' });
  expect(code).not.toBe(0);
  change('release.yaml', '{{ticket}}', '{{#ticket}}');
  await expect(run()).rejects.toThrow('PromptRelease support/support-triage: spec.prompt');
});
