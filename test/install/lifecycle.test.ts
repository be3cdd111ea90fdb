import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { chart, helm, type Manifest, rendered, root, titleOf, values } from './chart.ts';
import { MONITORING_CRDS } from './monitoring-crds.ts';

const SYSTEM = 'sluice-system';

let plane: ControlPlane;
beforeAll(async () => {
  // Helm may have to be built first.
  await helm(['version']);
  plane = await startControlPlane();
  for (const name of [SYSTEM, 'support', 'sales']) {
    await kubectl(['create', 'namespace', name]);
    await kubectl(['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted']);
  }
  await kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: MONITORING_CRDS });
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}, 900_000);
afterAll(() => plane?.stop());

async function kubectl(args: string[], input?: object): Promise<string> {
  const { code, stdout, stderr } = await plane.kubectl(args, input ? { input: JSON.stringify(input) } : {});
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function helmDoes(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await helm([...args, '--namespace', SYSTEM], plane.kubeconfig);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const read = async <T>(...args: string[]): Promise<T> =>
  JSON.parse(await kubectl(['get', '-n', SYSTEM, '-o', 'json', ...args])) as T;

const crdsThere = async () =>
  (await kubectl(['get', 'crd', '-o', 'name'])).split('\n').filter((name) => name.endsWith('.sluice.dev'));

/**
 * Waits until all CRDs are gone, which were deleted. Kubernetes may leave one at Terminating for minutes, with "could not list
 * instances: storage is (re)initializing", where its status changed while it was looked at; any other change has it looked at again.
 */
async function crdsGo(): Promise<void> {
  const look = async () => {
    const { items } = await read<{ items: Manifest[] }>('crd');
    const left = items.filter(({ metadata }) => metadata.name.endsWith('.sluice.dev'));
    for (const { metadata } of left) {
      expect(metadata).toHaveProperty('deletionTimestamp');
      // It may be gone meanwhile.
      await plane.kubectl(['annotate', 'crd', metadata.name, '--overwrite', `touched=${Date.now()}`]);
    }
    return left.length === 0;
  };
  await eventually('the CRDs are gone', look, 60_000, 2_000);
}

/** The pods that Deployments would make: the API server judges them by the restricted standard. */
const podsOf = (manifests: Manifest[]): Manifest[] =>
  manifests
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }) => {
      const { template } = spec as { template: { metadata: object; spec: object } };
      return {
        ...template,
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...template.metadata, ...place(metadata) },
      };
    });
const place = ({ name, namespace }: Manifest['metadata']) => ({ name, ...(namespace && { namespace }) });

describe('each part, on and off: the API server takes all that is rendered', () => {
  const on = { enabled: true };
  const off = { enabled: false };
  const placement = {
    podLabels: { team: 'platform' },
    podAnnotations: { 'example.com/note': 'yes' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
    topologySpreadConstraints: [
      { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
    ],
    priorityClassName: 'system-cluster-critical',
    extraArgs: ['--log-level=debug'],
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
    serviceAccount: { create: false, name: 'mine' },
  };
  const secrets = [
    { namespace: 'support', names: ['openai', 'anthropic'] },
    { namespace: 'sales', names: ['openai'] },
  ];
  const everything = {
    gateway: {
      ...placement,
      autoscaling: on,
      service: { type: 'LoadBalancer', port: 8080, annotations: { a: 'b' } },
    },
    operator: { ...placement, replicas: 2 },
    serviceMonitor: { ...on, labels: { release: 'kps' } },
    prometheusRule: { ...on, labels: { release: 'kps' } },
    dashboards: on,
    prometheus: { url: 'http://prometheus.monitoring:9090/prom', tokenSecret: { name: 'token' } },
    providers: { secrets },
    imagePullSecrets: [{ name: 'pull' }],
    image: { repository: 'registry.example.com/sluice', digest: `sha256:${'0a'.repeat(32)}` },
    watchNamespace: 'support',
    logLevel: 'debug',
  };
  const nothing = {
    crds: off,
    rbac: { create: false, aggregate: false },
    feedbackKey: off,
    networkPolicy: off,
    gateway: { replicas: 0, stopDelaySeconds: 0, podDisruptionBudget: off },
    operator: { replicas: 0 },
  };

  test.each<[string, object]>([
    ['as it is', {}],
    ['everything', everything],
    ['nothing', nothing],
    ['CRDs that go', { crds: { keep: false } }],
    ['no CRDs', { crds: off }],
    ['one namespace', { watchNamespace: 'support' }],
    ['names of keys', { providers: { secrets } }],
    ['autoscaling without a budget', { gateway: { autoscaling: on, podDisruptionBudget: off } }],
    ['a budget in percent', { gateway: { podDisruptionBudget: { maxUnavailable: '25%' } } }],
    ['a key of mine', { feedbackKey: { existingSecret: 'mine' } }],
    ['callers and Prometheus from nowhere', { networkPolicy: { callers: [], prometheus: [] } }],
    ['monitoring', { serviceMonitor: on, prometheusRule: on, dashboards: on }],
    ['a long name', { fullnameOverride: 'a-name-that-goes-on-for-as-long-as-a-name-may-be-in-a-cluster' }],
    ['placement', { gateway: placement, operator: placement }],
  ])('%s', async (_name, given) => {
    const manifests = await rendered(given);
    expect(manifests.length).toBeGreaterThan(4);
    const titles = manifests.map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    const items = [...manifests, ...podsOf(manifests)];
    const taken = await kubectl(
      ['apply', '--dry-run=server', '--server-side', '--validate=strict', '-f', '-'],
      {
        apiVersion: 'v1',
        kind: 'List',
        items,
      },
    );
    expect(taken.match(/serverside-applied \(server dry run\)/g)).toHaveLength(items.length);
  });
});

test('installed, upgraded and uninstalled: the key and the releases stay, and so do the kinds until they may go', async () => {
  const keyOf = async () => (await read<{ data: { key: string } }>('secret', 'sluice-feedback')).data.key;
  await helmDoes('install', 'sluice', chart);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  const key = await keyOf();
  expect(Buffer.from(key, 'base64').length).toBeGreaterThanOrEqual(32);
  const provider = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'support' },
    spec: { dialect: 'OpenAI', baseURL: 'http://sim.support:8080/v1' },
  };
  await kubectl(['apply', '-f', '-'], provider);

  await helmDoes('upgrade', 'sluice', chart, ...values({ gateway: { replicas: 3 } }));
  const { spec } = await read<{ spec: { replicas: number } }>('deployment', 'sluice-gateway');
  expect(spec.replicas).toBe(3);
  expect(await keyOf()).toBe(key);

  await helmDoes('uninstall', 'sluice');
  expect(await crdsThere()).toHaveLength(4);
  expect(await kubectl(['get', 'mprov', '-n', 'support', '-o', 'name'])).toContain('/sim');
  expect(await kubectl(['get', 'deploy,secret,sa,role,rolebinding', '-n', SYSTEM, '-o', 'name'])).toBe('');
  const cluster = await kubectl(['get', 'clusterrole,clusterrolebinding', '-o', 'name']);
  expect(cluster.split('\n').filter((name) => name.includes('sluice'))).toEqual([]);

  await helmDoes('install', 'sluice', chart, ...values({ crds: { keep: false } }));
  expect(await kubectl(['get', 'mprov', '-n', 'support', '-o', 'name'])).toContain('/sim');
  await helmDoes('uninstall', 'sluice');
  await crdsGo();
}, 120_000);

test('CRDs of before, that kubectl applied, are taken over when asked for', async () => {
  await plane.installCRDs();
  await expect(helmDoes('install', 'sluice', chart)).rejects.toThrow('invalid ownership metadata');
  await helmDoes('install', 'sluice', chart, '--take-ownership');
  expect(await crdsThere()).toHaveLength(4);
  await helmDoes('uninstall', 'sluice');
}, 120_000);

test('the samples are what the API server takes', async () => {
  await plane.installCRDs();
  const taken = await kubectl([
    'apply',
    '--dry-run=server',
    '--validate=strict',
    '-k',
    `${root}/config/samples`,
  ]);
  expect(taken).toContain('promptrelease.sluice.dev/support-triage created (server dry run)');
}, 60_000);

test('two releases of one name in two namespaces do not share a role', async () => {
  const roles = async (namespace: string) =>
    (await rendered({ crds: { enabled: false } }, ['--namespace', namespace]))
      .filter(({ kind }) => kind.startsWith('ClusterRole'))
      .map(titleOf);
  const [one, other] = [await roles('sluice-system'), await roles('staging')];
  expect(one.filter((title) => other.includes(title))).toEqual([]);
});
