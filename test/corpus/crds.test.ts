import { EvalSuiteStatus } from '../../src/api/eval-suite.ts';
import { API_VERSION } from '../../src/api/resource.ts';
import { ReleaseStatus } from '../../src/api/status.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';

let cluster: Cluster;
let namespace: string;
beforeAll(async () => {
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('crds');
});

async function kubectl(args: string[], input?: object): Promise<string> {
  const all = ['-n', namespace, ...args];
  const { code, stdout, stderr } = await cluster.kubectl(all, input && { input: JSON.stringify(input) });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Columns of a table, by their headings. */
const headings = (table: string) => table.split('\n')[0]!.trim().split(/ {2,}/);

const at = '2026-01-02T03:04:05Z';
const revision = 'triage-0123456789';
const sample = { calls: 214, value: '1.4%' };
/** Every field that there is: `Required` makes the compiler ask for a new one here. */
const status: Required<ReleaseStatus> = {
  observedGeneration: 1,
  phase: 'Progressing',
  message: 'step 2 of 3: 25 %',
  epoch: 3,
  attempt: 2,
  stableRevision: 'triage-6f1c2a9b04',
  candidateRevision: revision,
  traffic: [{ revision, weight: 25 }],
  shadow: { revision, weight: 25 },
  step: { index: 1, count: 3, weight: 25, progress: '2/3', startedAt: at, elapsedMs: 192_000, calls: 214 },
  guardrails: [
    {
      name: 'errors',
      verdict: 'Inconclusive',
      evidence: '1.8',
      threshold: '20',
      notWorse: false,
      stable: sample,
      candidate: sample,
      difference: { value: '+0.5 points', low: '-0.2', high: '+1.2' },
      message: 'too early to tell',
    },
  ],
  rollback: {
    from: revision,
    to: 'triage-6f1c2a9b04',
    guardrail: 'refusals',
    reason: '7 of 31 refused, stable 4 of 590',
    proof: 'evidence 240, 133 needed at a risk of 5%',
    badCalls: 7,
    detectedAt: at,
    servedAt: at,
    undo: 'kubectl annotate prel triage sluice.dev/retry=1',
    mode: 'Pin',
    generation: 4,
    revertedGeneration: 5,
  },
  quarantined: [{ revision, reason: 'refusals', at }],
  history: [{ revision, outcome: 'Promoted', startedAt: at, finishedAt: at }],
  lastAction: {
    verb: 'promote',
    value: revision,
    at,
    result: 'moved on',
    by: 'jane',
    reason: 'looks good',
    cleared: true,
  },
  retryToken: '1',
  startedAt: at,
  elapsedMs: 500_000,
  evidence: 'AAAA',
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'Progressing',
      message: 'rolling out',
      lastTransitionTime: at,
      observedGeneration: 1,
    },
  ],
};

test('the whole status is kept as it was written, and kubectl get shows it in columns', async () => {
  expect(unset(status, ReleaseStatus.shape)).toEqual([]);
  const release = {
    apiVersion: API_VERSION,
    kind: 'PromptRelease',
    metadata: { name: 'triage' },
    spec: { routeRef: { name: 'fast' }, prompt: { messages: [{ role: 'system', content: 'Triage.' }] } },
  };
  await kubectl(['create', '-f', '-'], { ...release, status });
  expect(JSON.parse(await kubectl(['get', 'prel', 'triage', '-o', 'json'])).status).toBeUndefined();

  await kubectl(['replace', '--subresource=status', '--validate=strict', '-f', '-'], { ...release, status });
  expect(JSON.parse(await kubectl(['get', 'prel', 'triage', '-o', 'json'])).status).toEqual(status);

  const table = await kubectl(['get', 'prel']);
  expect(headings(table)).toEqual(['NAME', 'PHASE', 'STABLE', 'CANDIDATE', 'WEIGHT', 'STEP', 'AGE']);
  expect(table.split('\n')[1]).toMatch(
    /^triage +Progressing +triage-6f1c2a9b04 +triage-0123456789 +25 +2\/3 +\S+$/,
  );
  expect(await kubectl(['get', 'sluice', '-o', 'wide'])).toContain('step 2 of 3: 25 %');
});

test('a provider shows whether it is ready', async () => {
  const provider = {
    apiVersion: API_VERSION,
    kind: 'ModelProvider',
    metadata: { name: 'openai' },
    spec: { dialect: 'OpenAI', baseURL: 'https://api.openai.com/v1' },
  };
  await kubectl(['create', '-f', '-'], provider);
  const ready = { ...status.conditions?.[0], status: 'True' };
  await kubectl(['replace', '--subresource=status', '-f', '-'], {
    ...provider,
    status: { conditions: [ready] },
  });
  const table = await kubectl(['get', 'mprov']);
  expect(headings(table)).toEqual(['NAME', 'READY', 'DIALECT', 'AGE']);
  expect(table.split('\n')[1]).toMatch(/^openai +True +OpenAI +\S+$/);
  expect(await kubectl(['get', 'mprov', '-o', 'wide'])).toMatch(/URL\n.*https:\/\/api\.openai\.com\/v1\n/);
});

const suiteStatus: Required<EvalSuiteStatus> = {
  observedGeneration: 1,
  message: '2 cases',
  runs: [
    {
      purpose: 'Gate',
      kind: 'PromptRelease',
      name: 'triage',
      attempt: 2,
      suite: '6f1c2a9b04',
      judge: 'openai gpt-5-mini-2025-08-07',
      verdict: 'Fail',
      message: 'mean score 0.80, stable 0.90',
      candidate: { revision, passed: 40, score: '0.80' },
      stable: { revision: 'triage-6f1c2a9b04', passed: 45, score: '0.90' },
      cases: 50,
      errors: 1,
      worst: [{ case: 'angry', candidate: '0', stable: '1', reason: 'is not JSON' }],
      costUSD: '0.0123',
      startedAt: at,
      finishedAt: at,
    },
  ],
  schedules: [
    {
      kind: 'PromptRelease',
      name: 'triage',
      revision,
      lastRunAt: at,
      lastVerdict: 'Pass',
      drifted: false,
      message: 'scored 0.9, 0.91 at the reference',
      shift: 'answers of typically 120 characters, 40 then',
      reference: {
        suite: '6f1c2a9b04',
        judge: 'openai',
        at,
        scores: 'aA-',
        outputs: '{}',
        runs: 5,
        level: '0',
        below: '0.5',
      },
    },
  ],
  watched: [
    {
      kind: 'PromptRelease',
      name: 'triage',
      revision,
      asked: '10% 24h',
      message: '900 calls, compared with 1000',
      since: at,
      calls: 12,
      counts: '{"inputs":{},"answers":{},"feedback":{}}',
      comparedAt: at,
      shifts: { inputs: 'languages de 90.0%', answers: 'longer', feedback: 'thumbs down 60.0%' },
      reference: { since: at, until: at, calls: 1000, counts: '{"inputs":{},"answers":{},"feedback":{}}' },
    },
  ],
  live: { day: at.slice(0, 10), scored: 90, errors: 1, dropped: 2, costUSD: '0.02', problem: 'no judge' },
  conditions: status.conditions!,
};

test('a suite keeps its runs and shows the newest', async () => {
  expect(unset(suiteStatus, EvalSuiteStatus.shape)).toEqual([]);
  const suite = {
    apiVersion: API_VERSION,
    kind: 'EvalSuite',
    metadata: { name: 'tickets' },
    spec: { cases: [{ vars: { ticket: 'x' }, assert: [{ type: 'equals', value: ['any', { type: 1 }] }] }] },
  };
  await kubectl(['create', '--validate=strict', '-f', '-'], suite);
  const status = suiteStatus;
  await kubectl(['replace', '--subresource=status', '--validate=strict', '-f', '-'], { ...suite, status });
  const kept = JSON.parse(await kubectl(['get', 'evals', 'tickets', '-o', 'json']));
  expect({ spec: kept.spec, status: kept.status }).toEqual({ spec: suite.spec, status });
  const table = await kubectl(['get', 'evals']);
  expect(headings(table)).toEqual(['NAME', 'RELEASE', 'VERDICT', 'CASES', 'ERRORS', 'RUN', 'AGE']);
  expect(table.split('\n')[1]).toMatch(/^tickets +triage +Fail +50 +1 +\S+ +\S+$/);
  expect(await kubectl(['get', 'evals', '-o', 'wide'])).toContain('mean score 0.80, stable 0.90');
});

test.each([
  ['prel', ['A prompt, its parameters and how a change of them is rolled out.']],
  [
    'prel.spec.rollout',
    ['How a new revision takes over', 'Default Canary.', 'enum: Hold, Promote, Rollback'],
  ],
  [
    'prel.spec.rollout.steps',
    ['One step of a rollout', 'Share of calls that the candidate gets', 'Default 100.'],
  ],
  [
    'prel.spec.rollout.guardrails',
    ['On what the candidate must not be worse', 'What a Fail does. Default Rollback.'],
  ],
  ['prel.status.rollback', ['The command that lets this revision in again.']],
  ['mroute.spec', ['the first serves, the next are fallbacks', 'Cache of identical calls.']],
  ['evals.spec', ['Where a run stops.', 'Who judges rubrics.']],
  ['mprov.spec', ['Where the API key is.', 'The protocol that the provider speaks.']],
])('kubectl explain %s says what it is for', async (path, sentences) => {
  const said = (await kubectl(['explain', path])).replaceAll(/\s+/g, ' ');
  for (const sentence of sentences) expect(said).toContain(sentence);
});

/** Paths of the fields in `shape` that `value` does not set, at any depth. */
function unset(value: unknown, shape: object, path = ''): string[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const field = (value as Record<string, unknown>)[key];
    const here = `${path}.${key}`;
    if (field === undefined) return [here];
    const inner = innermost(schema);
    const sample = Array.isArray(field) ? field[0] : field;
    return inner ? unset(sample, inner, here) : [];
  });
}

/** The shape of an object schema, or of the entries of a list of them, under `.optional()`. */
function innermost(schema: {
  def: { innerType?: never; element?: never; shape?: object };
}): object | undefined {
  const next = schema.def.innerType ?? schema.def.element;
  return next ? innermost(next) : schema.def.shape;
}
