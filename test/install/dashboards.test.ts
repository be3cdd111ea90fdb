import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { request } from 'undici';
import { ALERT_RULES } from '../../src/install/alerts.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Live, provider, release, route } from '../cluster/stage.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { type Callers, isServed, startCallers } from '../processes/callers.ts';
import { startPrometheus, type TestPrometheus } from '../prometheus/server.ts';
import { chart, helm, root } from './chart.ts';
import { applyTo, kubectlOf } from './checked.ts';
import { type Installed, startInstalled } from './installed.ts';

const SYSTEM = 'sluice-system';
const USERS = 'support';

/** A suite that is asked by schedule, scores live answers with a judge, and watches what callers ask. */
const judged = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'EvalSuite',
  metadata: { name: 'polite' },
  spec: {
    cases: [{ messages: [{ role: 'user', content: 'Hello' }] }],
    assert: [{ type: 'llm-rubric', value: 'The answer is polite.' }],
    judge: { providerRef: { name: 'sim' }, model: 'judge-1' },
    live: { share: '100%' },
    schedule: {
      every: '1h',
      releases: [{ kind: 'PromptRelease', name: 'triage' }],
      watch: { share: '100%', window: '1s' },
    },
  },
};

/** A route that answers from its cache. */
function cached(): object {
  const like = route() as { metadata: object; spec: object };
  return {
    ...like,
    metadata: { ...like.metadata, name: 'cached' },
    spec: { ...like.spec, cache: { ttl: '10m' } },
  };
}

let plane: ControlPlane;
let simulator: Simulator;
let installed: Installed;
let prometheus: TestPrometheus;
let callers: Callers;

// An installation that Prometheus has watched through a rollback, with calls of every kind.
beforeAll(async () => {
  await helm(['version']);
  plane = await startControlPlane();
  simulator = await startSimulator({
    rules: [
      {
        match: { model: 'judge-1' },
        answer: JSON.stringify({ reason: 'It is kind.', score: 1, pass: true }),
      },
      { match: { text: 'UNTOLD' }, usage: { missing: true }, answer: 'Hello' },
      { match: { text: 'bad' }, errors: 0.5, answer: 'Hello' },
      { match: {}, answer: 'Hello' },
    ],
    seed: 7,
  });
  await kubectl('create', 'namespace', USERS);
  const workers = ['--set', 'gateway.workers=2'];
  const args = ['install', 'sluice', chart, '--namespace', SYSTEM, '--create-namespace', ...workers];
  expect(await helm(args, plane.kubeconfig)).toMatchObject({ code: 0 });
  installed = await startInstalled(plane, {
    namespace: SYSTEM,
    operator: 'sluice-operator',
    gateway: 'sluice-gateway',
    evaluator: 'sluice-evaluator',
  });
  prometheus = await startPrometheus({ ...installed.admin });
  await eventually(
    'Prometheus scrapes',
    async () => (await series('sluice_operator_leader == 1')).length > 0,
  );

  const keyless = provider(simulator.baseURL) as { spec: { auth?: unknown; models?: object[] } };
  delete keyless.spec.auth;
  const pricesPerMillion = { input: '0.25', output: '2.00' };
  keyless.spec.models = ['model-a', 'judge-1'].map((name) => ({ name, pricesPerMillion }));
  await apply(keyless, route(), cached(), release('triage', 'good'));
  await until(({ status }) => status?.phase === 'Healthy');
  callers = startCallers(installed.gatewayUrl, 'triage', 20);
  await streamWithFeedback();
  const rollout = { steps: [{ weight: 30, minDuration: '1h' }] };
  // By now the evaluator knows all that the suite asks: a run that it cannot make is made again an hour later.
  await apply(judged, release('triage', 'bad', { rollout }));
  await until(({ status }) => status?.rollback?.servedAt !== undefined);
  // Another is under way while the dashboards are looked at.
  const guardrails = [{ name: 'quality', metric: 'EvalScore', evalSuiteRef: { name: 'polite' } }];
  await apply(release('triage', 'good two', { rollout: { ...rollout, guardrails } }));
  await until(({ status }) => (status?.step?.calls ?? 0) > 20);
  await streamWithFeedback();
  for (const name of ['sluice_eval_score', 'sluice_eval_shifted', 'sluice_eval_live_cost_usd_total'])
    await eventually(`the evaluator has ${name}`, async () => (await series(name)).length > 0, 60_000, 500);
}, 900_000);

afterAll(async () => {
  await callers?.stop();
  await prometheus?.stop();
  await installed?.stop();
  await simulator?.close(100);
  await plane?.stop();
});

const kubectl = (...args: string[]): Promise<string> => kubectlOf(plane, args);
const apply = (...items: object[]): Promise<void> => applyTo(plane, USERS, items);

const until = (wanted: (live: Live) => boolean): Promise<Live> => {
  let last: Live | undefined;
  return eventually(
    () => `${JSON.stringify(last?.status)}\n${installed.operator.output().slice(-2000)}`,
    async () => {
      last = JSON.parse(await kubectl('-n', USERS, 'get', 'prel', 'triage', '-o', 'json')) as Live;
      return wanted(last) && last;
    },
    60_000,
    250,
  );
};

/** Streams answers over some seconds, so that rates see counters grow, and says of each what it was worth. */
async function streamWithFeedback(): Promise<void> {
  const client = new OpenAI({ baseURL: `${installed.gatewayUrl}/v1`, apiKey: 'caller', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'Where is my parcel?' }];
  const untold = [{ role: 'user' as const, content: 'UNTOLD' }];
  for (const model of ['triage', 'cached'])
    await eventually(`${model} is served`, () => isServed(client, model));
  await client.chat.completions.create({ model: 'triage', messages: untold });
  for (let n = 0; n < 8; n += 1) {
    await client.chat.completions.create({ model: 'cached', messages });
    const { data, response } = await client.chat.completions
      .create({ model: 'triage', user: `streaming-${n}`, messages, stream: true })
      .withResponse();
    for await (const _ of data);
    const body = JSON.stringify({ call: response.headers.get('x-sluice-call'), thumb: 'up', score: 0.9 });
    const answer = await request(`${installed.gatewayUrl}/v1/feedback`, { method: 'POST', body });
    await answer.body.dump();
    expect(answer.statusCode).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What a query gives over the last two minutes, without what is no number. */
async function series(query: string): Promise<unknown[]> {
  const end = Date.now() / 1000;
  const parameters = new URLSearchParams({ query, start: String(end - 120), end: String(end), step: '1' });
  const answer = await request(`${prometheus.url}/api/v1/query_range?${parameters}`);
  const body = (await answer.body.json()) as {
    error?: string;
    data?: { result: { values: [number, string][] }[] };
  };
  if (body.data === undefined) throw new Error(`${query}: ${body.error}`);
  return body.data.result.filter(({ values }) => values.some(([, value]) => value !== 'NaN'));
}

interface Model {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}

const dashboards = ['sluice-releases', 'sluice-evals', 'sluice-programs'];
const modelOf = async (name: string) =>
  JSON.parse(await readFile(join(root, `charts/sluice/files/dashboards/${name}.json`), 'utf8')) as Model;

test.each(dashboards)('each query of %s draws something', async (name) => {
  const { panels, templating } = await modelOf(name);
  expect(panels.length).toBeGreaterThan(7);
  const empty: string[] = [];
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const query = templating.list
        .reduce((text, variable) => text.replaceAll(`$${variable.name}`, '.*'), expr)
        .replaceAll('$__rate_interval', '5s');
      expect(query).not.toContain('$');
      if ((await series(query)).length === 0) empty.push(`${title}: ${query}`);
    }
  }
  expect(empty).toEqual([]);
});

test.each(dashboards)('each variable of %s has values', async (name) => {
  const { templating } = await modelOf(name);
  const queries = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
  expect(queries.length).toBeGreaterThan(0);
  for (const query of queries) {
    const [, selector, label] =
      /^label_values\((.*), (\w+)\)$/.exec(query.replaceAll('$namespace', '.*')) ?? [];
    expect(await series(`count by (${label}) (${selector})`)).not.toEqual([]);
  }
});

test('the alerts ask for metrics that there are', async () => {
  const names = ALERT_RULES.groups[0].rules.flatMap(({ expr }) => expr.match(/sluice_\w+/g) ?? []);
  expect(names.length).toBeGreaterThan(7);
  for (const name of new Set(names)) expect([name, (await series(name)).length > 0]).toEqual([name, true]);
});
