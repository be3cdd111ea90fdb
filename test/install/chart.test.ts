import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from '../control-plane/binaries.ts';
import { run } from '../control-plane/run.ts';
import { chart, helm, type Manifest, objectsOf, rendered, root, titleOf, values } from './chart.ts';

// Helm may have to be built first.
beforeAll(async () => {
  await helm(['version']);
}, 900_000);

/** What differs by design between the chart and `config/`: labels that only Helm has, and what selects by them. */
function plain(manifest: Manifest): unknown {
  const own = [
    'app.kubernetes.io/instance',
    'app.kubernetes.io/version',
    'app.kubernetes.io/managed-by',
    'helm.sh/chart',
  ];
  return JSON.parse(
    JSON.stringify(manifest, (key, value: unknown) => (own.includes(key) ? undefined : value)),
  );
}

const byTitle = (manifests: Manifest[]) =>
  Object.fromEntries(manifests.map((each) => [titleOf(each), plain(each)] as const));

async function kustomized(folder: string): Promise<Manifest[]> {
  const { kubectl } = await findBinaries();
  const { code, stdout, stderr } = await run(kubectl, ['kustomize', join(root, folder)]);
  if (code !== 0) throw new Error(stderr);
  return objectsOf(stdout);
}

test('the Helm is of the version that is pinned', async () => {
  expect((await helm(['version', '--short'])).stdout).toBe('v3.22.0\n');
});

test('helm lint has nothing against it', async () => {
  const { code, stdout } = await helm(['lint', '--strict', chart]);
  expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  expect(code).toBe(0);
});

test('the chart is of the version of the program', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const { stdout } = await helm(['show', 'chart', chart]);
  expect(objectsOf(stdout)[0]).toMatchObject({ version, appVersion: version });
});

test('dist/install.yaml is config/default as kustomize renders it', async () => {
  const written = objectsOf(await readFile(join(root, 'dist/install.yaml'), 'utf8'));
  expect(byTitle(written)).toEqual(byTitle(await kustomized('config/default')));
});

test('the chart installs what config/default does, rule by rule and container by container', async () => {
  const charts = await rendered({ crds: { keep: false }, feedbackKey: { enabled: false } });
  const installed = charts.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
  for (const each of installed) {
    if (each.kind !== 'NetworkPolicy') continue;
    // The pod of `helm test` is only the chart's.
    const { ingress } = each.spec as { ingress: object[] };
    const others = ingress.filter((rule) => !JSON.stringify(rule).includes('"test"'));
    Object.assign(each.spec as object, { ingress: others });
  }
  const expected = await kustomized('config/default');
  expect(byTitle(installed)).toEqual(byTitle(expected.filter(({ kind }) => kind !== 'Namespace')));
});

test('the chart monitors as config/prometheus and config/grafana do', async () => {
  const on = { enabled: true };
  const charts = await rendered({ serviceMonitor: on, prometheusRule: on, dashboards: on });
  const expected = [...(await kustomized('config/prometheus')), ...(await kustomized('config/grafana'))];
  const titles = expected.map(titleOf);
  expect(titles).toHaveLength(5);
  expect(byTitle(charts.filter((each) => titles.includes(titleOf(each))))).toEqual(byTitle(expected));
});

test('the component with the feedback key gives what the chart gives', async () => {
  const [theirs] = (await rendered({ feedbackKey: { existingSecret: 'sluice-feedback' } })).filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  );
  const ours = (await kustomized('test/install/feedback')).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  );
  expect(plain(ours!)).toEqual(plain(theirs!));
});

test.each<[string, object, string]>([
  ['a field that there is not', { gateway: { replica: 3 } }, 'replica'],
  ['a field that there is not at the top', { gatways: {} }, 'gatways'],
  ['a number as text', { gateway: { replicas: '3' } }, '/gateway/replicas'],
  ['more workers than any', { gateway: { workers: 65 } }, '/gateway/workers'],
  ['fewer replicas than none', { operator: { replicas: -1 } }, '/operator/replicas'],
  ['a port that is none', { gateway: { service: { port: 70_000 } } }, '/gateway/service/port'],
  ['a level that there is not', { logLevel: 'verbose' }, '/logLevel'],
  ['a namespace that no API server takes', { watchNamespace: 'My Team' }, '/watchNamespace'],
  ['all Secrets of a namespace', { providers: { secrets: [{ namespace: 'support', names: [] }] } }, 'names'],
  ['Secrets of no namespace', { providers: { secrets: [{ names: ['openai'] }] } }, 'namespace'],
  ['an URL with credentials', { prometheus: { url: 'http://me:secret@prometheus:9090' } }, '/prometheus/url'],
  [
    'a store with credentials in its address',
    { budgets: { store: { url: 'redis://me:secret@valkey:6379' } } },
    '/budgets/store/url',
  ],
  ['credentials in an address of a collector', { otlp: { endpoint: 'http://me:s@otel' } }, '/otlp/endpoint'],
  ['half a digest', { image: { digest: 'sha256:abc' } }, '/image/digest'],
])('%s is refused', async (_name, given, where) => {
  const { code, stderr } = await helm(['template', 'sluice', chart, ...values(given)]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("values don't meet the specifications of the schema");
  expect(stderr).toContain(where);
});

test.each([
  [1, []],
  [4, ['--workers=4']],
  [0, ['--workers=0']],
])('%d workers of a gateway', async (workers, flags) => {
  const objects = await rendered({ gateway: { workers } });
  const gateway = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  )!;
  const said = JSON.stringify(gateway).match(/--workers=\d+/g) ?? [];
  expect(said).toEqual(flags);
});

test('every pod satisfies the restricted standard and can write nowhere', async () => {
  const pods = (await rendered()).flatMap((each) => {
    if (each.kind === 'Pod') return [each.spec];
    return each.kind === 'Deployment' ? [(each.spec as { template: { spec: unknown } }).template.spec] : [];
  });
  expect(pods).toHaveLength(4);
  for (const pod of pods) {
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: expect.anything(), limits: expect.anything() },
        },
      ],
    });
  }
});

test('whoever may call by tokens and keys: flags, files, and one right of the whole cluster', async () => {
  const callers = { tokens: true, audience: 'llm', existingSecret: 'our-callers' };
  const all = await rendered({ callers, watchNamespace: 'support', rbac: { aggregate: false } });
  const cluster = all.filter(({ kind }) => kind.startsWith('ClusterRole'));
  expect(cluster).toMatchObject([
    {
      kind: 'ClusterRole',
      rules: [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
    },
    { kind: 'ClusterRoleBinding', subjects: [{ name: 'sluice-gateway', namespace: 'sluice-system' }] },
  ]);
  const gateway = all.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  );
  expect(gateway!.spec).toMatchObject({
    template: {
      spec: {
        containers: [
          {
            args: expect.arrayContaining([
              '--caller-tokens',
              '--caller-audience=llm',
              '--callers-file=/etc/sluice/callers/callers.yaml',
            ]),
            volumeMounts: [{ name: 'feedback' }, { name: 'callers', mountPath: '/etc/sluice/callers' }],
          },
        ],
        volumes: [{ name: 'feedback' }, { name: 'callers', secret: { secretName: 'our-callers' } }],
      },
    },
  });
});

test('the collector is named to the gateways, its headers by a file, and records go to files', async () => {
  const otlp = { endpoint: 'http://otel:4318', headersSecret: { name: 'our-otlp' }, traceProviders: true };
  const file = { enabled: true, size: '1Gi', volume: { emptyDir: { sizeLimit: '6Gi' } } };
  const all = await rendered({ otlp, records: { file }, feedbackKey: { enabled: false } });
  const gateway = all.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  );
  expect(gateway!.spec).toMatchObject({
    template: {
      spec: {
        containers: [
          {
            args: expect.arrayContaining([
              '--otlp-endpoint=http://otel:4318',
              '--otlp-headers-file=/etc/sluice/otlp/headers',
              '--trace-sample=0.1',
              '--trace-providers',
              '--record-file=/var/log/sluice/$(HOSTNAME).jsonl',
              '--record-file-size=1Gi',
              '--record-files=5',
            ]),
            volumeMounts: [
              { name: 'otlp', mountPath: '/etc/sluice/otlp' },
              { name: 'records', mountPath: '/var/log/sluice' },
            ],
          },
        ],
        volumes: [
          { name: 'otlp', secret: { secretName: 'our-otlp' } },
          { name: 'records', emptyDir: { sizeLimit: '6Gi' } },
        ],
      },
    },
  });
});

test('the budget store is named to the gateways, and its password by a file', async () => {
  const store = { url: 'rediss://valkey.cache:6379', user: 'sluice', passwordSecret: { name: 'our-valkey' } };
  const all = await rendered({ budgets: { store } });
  const gateway = all.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sluice-gateway',
  );
  expect(gateway!.spec).toMatchObject({
    template: {
      spec: {
        containers: [
          {
            args: expect.arrayContaining([
              '--budget-store=rediss://valkey.cache:6379',
              '--budget-store-user=sluice',
              '--budget-store-password-file=/etc/sluice/budgets/password',
            ]),
            volumeMounts: [{ name: 'feedback' }, { name: 'budgets', mountPath: '/etc/sluice/budgets' }],
          },
        ],
        volumes: [{ name: 'feedback' }, { name: 'budgets', secret: { secretName: 'our-valkey' } }],
      },
    },
  });
});

test('no role may list or watch Secrets, nor read one that is not named', async () => {
  const secrets = [
    { namespace: 'support', names: ['openai', 'anthropic'] },
    { namespace: 'sales', names: ['openai'] },
  ];
  const rules = (await rendered({ providers: { secrets } }))
    .filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind))
    .flatMap((role) =>
      (role.rules as { resources: string[]; verbs: string[]; resourceNames?: string[] }[]).map((rule) => ({
        role,
        ...rule,
      })),
    );
  const open = rules.filter(({ resources, verbs }) => [...resources, ...verbs].includes('*'));
  expect(open).toEqual([]);
  const found = rules.filter(({ resources }) => resources.includes('secrets'));
  expect(
    found.map(({ role, verbs, resourceNames }) => ({
      kind: role.kind,
      namespace: role.metadata.namespace,
      verbs,
      names: resourceNames,
    })),
  ).toEqual(secrets.map((each) => ({ kind: 'Role', verbs: ['get'], ...each })));
});

test('with one namespace to look after there is no right in any other', async () => {
  const all = await rendered({ watchNamespace: 'support', rbac: { aggregate: false } });
  expect(all.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
  const roles = all.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace);
  expect(new Set(roles)).toEqual(new Set(['support', 'sluice-system']));
  const args = all
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ spec }) => JSON.stringify((spec as { template: unknown }).template));
  for (const each of args) expect(each).toContain('"--namespace=support"');
});
