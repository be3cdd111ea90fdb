import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelProviderStatus } from '../../src/api/model-provider.ts';
import {
  EVALUATOR_RULES,
  GATEWAY_RULES,
  homeRules,
  leaseRules,
  OPERATOR_RULES,
  providerKeyRules,
} from '../../src/install/rbac.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { conditionOf, type Live, PLANTED_KEY, provider, QUICK, release, route } from '../cluster/stage.ts';
import { auditEvents } from '../control-plane/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { type RunResult, run } from '../control-plane/run.ts';
import { eventually } from '../eventually.ts';
import { startCallers } from '../processes/callers.ts';
import { chart, helm, rendered, root, values } from './chart.ts';
import { applyTo, kubectlOf } from './checked.ts';
import { type Installed, startInstalled } from './installed.ts';
import { granted, refused, used, without } from './rights.ts';

const SYSTEM = 'sluice-system';
const USERS = 'support';

// Helm may have to be built first.
beforeAll(async () => {
  await helm(['version']);
}, 900_000);

let plane: ControlPlane;
let simulator: Simulator;
let installed: Installed | undefined;

beforeEach(async () => {
  plane = await startControlPlane({ auditLog: true });
  simulator = await startSimulator({
    rules: [
      { match: { text: 'bad' }, errors: 0.5, answer: 'Hello' },
      { match: {}, answer: 'Hello' },
    ],
    seed: 7,
    key: PLANTED_KEY,
  });
  await kubectl('create', 'namespace', USERS);
  await kubectl('-n', USERS, 'create', 'secret', 'generic', 'sim', `--from-literal=apiKey=${PLANTED_KEY}`);
}, 120_000);

afterEach(async () => {
  await installed?.stop();
  installed = undefined;
  await simulator?.close(100);
  await plane?.stop();
});

const kubectl = (...args: string[]): Promise<string> => kubectlOf(plane, args);
const apply = (...items: object[]): Promise<void> => applyTo(plane, USERS, items);

async function installChart(given: object): Promise<void> {
  const secrets = [{ namespace: USERS, names: ['sim'] }];
  const all = values({ providers: { secrets }, ...given });
  const args = ['install', 'sluice', chart, '--namespace', SYSTEM, '--create-namespace', ...all];
  const { code, stderr } = await helm(args, plane.kubeconfig);
  if (code !== 0) throw new Error(stderr);
}

async function installPlain(): Promise<void> {
  await kubectl('apply', '--server-side', '-f', join(root, 'dist/install.yaml'));
  const access = await readFile(join(root, 'config/samples/provider-key-access.yaml'), 'utf8');
  const directory = await mkdtemp(join(tmpdir(), 'sluice-access-'));
  const file = join(directory, 'access.yaml');
  await writeFile(file, access.replace('resourceNames: [openai]', 'resourceNames: [sim]'));
  await kubectl('apply', '-f', file);
  await rm(directory, { recursive: true });
}

const until = (kind: string, name: string, wanted: (live: Live) => boolean): Promise<Live> => {
  let last: Live | undefined;
  return eventually(
    () =>
      [
        `${kind} ${name}: ${JSON.stringify(last?.status)}`,
        installed?.operator.output().slice(-2_000),
        `the evaluator: ${installed?.evaluator?.output().slice(-2_000)}`,
      ].join('\n'),
    async () => {
      last = JSON.parse(await kubectl('-n', USERS, 'get', kind, name, '-o', 'json')) as Live;
      return wanted(last) && last;
    },
    60_000,
    250,
  );
};

/** A provider whose models are probed. */
const probed = <P extends { spec: object }>(given: P) => ({
  ...given,
  spec: { ...given.spec, probe: { interval: '1h' } },
});

/** Runs what the pod of `helm test` runs, with this machine's node. */
async function runHelmTest(admin: string, gateway: string): Promise<RunResult> {
  const pod = (await rendered()).find(({ kind }) => kind === 'Pod');
  const [container] = (pod!.spec as { containers: { command: string[]; args: string[] }[] }).containers;
  const [, ...flags] = [...container!.command, ...container!.args];
  const env = { ...process.env, NODE_OPTIONS: '', ADMIN: admin, GATEWAY: gateway };
  return run(process.execPath, flags, { env });
}

test('helm test fails where something else than a gateway answers', async () => {
  expect(await runHelmTest(simulator.baseURL, simulator.baseURL)).toMatchObject({ code: 1 });
});

test.each<[string, () => Promise<void>]>([
  ['the chart', () => installChart({})],
  ['the chart, for one namespace', () => installChart({ watchNamespace: USERS })],
  ['dist/install.yaml', installPlain],
])(
  '%s gives the rights that a rollout and a rollback take, and no others',
  async (_name, install) => {
    await install();
    installed = await startInstalled(plane, {
      namespace: SYSTEM,
      operator: 'sluice-operator',
      gateway: 'sluice-gateway',
      evaluator: 'sluice-evaluator',
    });

    const messages = { messages: [{ role: 'system', content: 'from a file' }] };
    await apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'prompts' },
        data: { p: JSON.stringify(messages), 'cases.yaml': '[{assert: [{type: contains, value: Hello}]}]' },
      },
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'EvalSuite',
        metadata: { name: 'golden' },
        spec: { casesFrom: [{ configMapKeyRef: { name: 'prompts', key: 'cases.yaml' } }] },
      },
      probed(provider(simulator.baseURL)),
      route(),
      release('triage', 'good one'),
      release('filed', '', {
        spec: { prompt: undefined, promptFrom: { configMapKeyRef: { name: 'prompts', key: 'p' } } },
      }),
    );
    const first = await until('prel', 'triage', ({ status }) => status?.phase === 'Healthy');
    await until('prel', 'filed', ({ status }) => status?.phase === 'Healthy');
    await until(
      'mprov',
      'sim',
      ({ status }) => (status as ModelProviderStatus | undefined)?.probes !== undefined,
    );

    const { admin, gatewayUrl } = installed;
    expect(await runHelmTest(`http://${admin.gateway}`, gatewayUrl)).toMatchObject({ code: 0 });

    const callers = startCallers(installed.gatewayUrl, `${USERS}/triage`, 30);
    const gated = { ...QUICK, gates: [{ evalSuiteRef: { name: 'golden' } }] };
    await apply(release('triage', 'good two', { rollout: gated }));
    const promoted = await until(
      'prel',
      'triage',
      ({ status }) => status?.phase === 'Healthy' && status.stableRevision !== first.status?.stableRevision,
    );
    const suite = JSON.parse(await kubectl('-n', USERS, 'get', 'evals', 'golden', '-o', 'json')) as {
      status: { runs: { verdict: string }[] };
    };
    expect(suite.status.runs).toMatchObject([{ verdict: 'Pass', cases: 1, errors: 0 }]);
    await apply(release('triage', 'bad one'));
    const { status } = await until(
      'prel',
      'triage',
      (live) =>
        live.status?.rollback?.revertedGeneration !== undefined &&
        live.status.rollback.servedAt !== undefined,
    );
    expect(status?.rollback).toMatchObject({ to: promoted.status?.stableRevision, mode: 'RevertSpec' });

    // The way back, which is a verb: acted on, and then removed.
    await kubectl(...(status?.rollback?.undo.split(' ').slice(1) ?? []));
    await until('prel', 'triage', ({ metadata, status: now }) => {
      return metadata.annotations?.['sluice.dev/retry'] === undefined && now?.candidateRevision !== undefined;
    });
    await kubectl('-n', USERS, 'annotate', 'prel', 'triage', 'sluice.dev/abort=true');
    await until('prel', 'triage', (live) => live.status?.lastAction?.verb === 'abort');
    await callers.stop();

    await installed.stop();
    const operator = granted([...OPERATOR_RULES, ...homeRules('any'), ...providerKeyRules(['any'])]);
    const gateway = granted([...GATEWAY_RULES, ...providerKeyRules(['any'])]);
    const evaluator = granted([...EVALUATOR_RULES, ...leaseRules('any'), ...providerKeyRules(['any'])]);
    const all = { 'sluice-operator': operator, 'sluice-gateway': gateway, 'sluice-evaluator': evaluator };
    // A watch is written down once the API server has seen that it has ended.
    const events = await eventually('all watches are in the audit log', async () => {
      const written = await auditEvents(plane.auditLogPath!);
      const idle = Object.entries(all).flatMap(([account, rights]) =>
        without(rights, used(written, account)),
      );
      return !idle.some((right) => right.startsWith('watch ')) && written;
    });
    expect(refused(events, SYSTEM)).toEqual([]);

    const idle = without(operator, used(events, 'sluice-operator'));
    // What only happens when a revision is kept twice, a release has more than ten to spare, or an Event says itself again.
    const rare = [
      'get apps/controllerrevisions',
      'delete apps/controllerrevisions',
      'patch events.k8s.io/events',
    ];
    expect(idle.filter((each) => !rare.includes(each))).toEqual(['patch sluice.dev/modelroutes']);
    expect(without(gateway, used(events, 'sluice-gateway'))).toEqual([]);
    // What only happens where a schedule takes a release back.
    expect(without(evaluator, used(events, 'sluice-evaluator')).sort()).toEqual([
      'patch events.k8s.io/events',
      'patch sluice.dev/modelroutes',
      'patch sluice.dev/promptreleases',
    ]);
  },
  240_000,
);

test('a Secret that is not named is not read: the provider says so until it is', async () => {
  await installChart({ providers: { secrets: [] } });
  installed = await startInstalled(plane, {
    namespace: SYSTEM,
    operator: 'sluice-operator',
    gateway: 'sluice-gateway',
  });
  await apply(provider(simulator.baseURL), route());
  const stalled = await until('mprov', 'sim', (live) => conditionOf(live, 'Stalled')?.status === 'True');
  expect(conditionOf(stalled, 'Stalled')).toMatchObject({
    reason: 'SecretForbidden',
    message: expect.stringContaining('providers.secrets'),
  });
  const secrets = [{ namespace: USERS, names: ['sim'] }];
  const args = ['upgrade', 'sluice', chart, '--namespace', SYSTEM, ...values({ providers: { secrets } })];
  expect(await helm(args, plane.kubeconfig)).toMatchObject({ code: 0 });
  await until('mprov', 'sim', (live) => conditionOf(live, 'Ready')?.status === 'True');
  const as = `system:serviceaccount:${SYSTEM}:sluice-gateway`;
  const may = async (...what: string[]) =>
    (await plane.kubectl(['auth', 'can-i', ...what, '-n', USERS], { as })).stdout.trim();
  expect(await may('get', 'secrets/sim')).toBe('yes');
  expect(await may('get', 'secrets/another')).toBe('no');
  expect(await may('list', 'secrets')).toBe('no');
  expect(await may('watch', 'secrets')).toBe('no');
}, 120_000);
