import { z } from 'zod';

/** A block of values: unknown keys are refused, and what is left out has its default. */
const block = <S extends z.ZodRawShape>(shape: S, description: string) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(description);

const text = (value: string, description: string) => z.string().default(value).describe(description);
const yes = (description: string) => z.boolean().default(true).describe(description);
const no = (description: string) => z.boolean().default(false).describe(description);
const count = (value: number, least: number, description: string) =>
  z.int().min(least).default(value).describe(description);

/** A field of Kubernetes' own, which the API server checks. */
const object = (description: string, value: Record<string, unknown> = {}) =>
  z.record(z.string(), z.unknown()).default(value).describe(description);
const list = (description: string, value: Record<string, unknown>[] = []) =>
  z.array(z.record(z.string(), z.unknown())).default(value).describe(description);
const words = (description: string, value: Record<string, string> = {}) =>
  z.record(z.string(), z.string()).default(value).describe(description);

const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const nameOrNone = (description: string) =>
  z
    .string()
    .max(63)
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/)
    .default('')
    .describe(description);
const peers = (description: string, value: Record<string, unknown>[]) => list(description, value);

/** What the programs' pods can be told. */
const pod = (requests: { cpu: string; memory: string }, limits: { memory: string }) => ({
  serviceAccount: block(
    {
      create: yes('Whether the chart creates it.'),
      name: nameOrNone('Its name; empty: made up, or `default` where it is not created.'),
      annotations: words('Its annotations.'),
    },
    'The ServiceAccount that it runs as.',
  ),
  resources: object('Requests and limits of its container.', { requests, limits }),
  podLabels: words('More labels of its pods.'),
  podAnnotations: words('Annotations of its pods.'),
  nodeSelector: words('Nodes that its pods may run on.'),
  tolerations: list('Taints that its pods tolerate.'),
  affinity: object('Affinity of its pods.'),
  topologySpreadConstraints: list(
    'How its pods are spread; empty: over nodes and zones, where that can be had.',
  ),
  priorityClassName: nameOrNone('PriorityClass of its pods.'),
  extraArgs: z.array(z.string()).default([]).describe('More flags of the program.'),
  extraEnv: list('More environment variables of its container.'),
});

/** Everything that the chart can be told: its `values.yaml`, `values.schema.json` and table come from here. */
export const Values = z.strictObject({
  global: object('Values of a parent chart; not read.'),
  nameOverride: nameOrNone("The chart's name in names and labels; empty: `sluice`."),
  fullnameOverride: nameOrNone('What names begin with; empty: the release, with the name of the chart.'),
  image: block(
    {
      repository: z
        .string()
        .min(1)
        .default('sluice')
        .describe('Where the image is: the registry and repository that you pushed it to.'),
      tag: text('', "Its tag; empty: the chart's appVersion."),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default('')
        .describe('Its digest, `sha256:…`; comes before the tag.'),
      pullPolicy: z
        .enum(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent')
        .describe('When it is pulled.'),
    },
    'The image of all programs. None is published: see the Dockerfile.',
  ),
  imagePullSecrets: z
    .array(z.strictObject({ name }))
    .default([])
    .describe('Secrets that the image is pulled with.'),
  crds: block(
    {
      enabled: yes('Whether the chart installs and upgrades the CustomResourceDefinitions.'),
      keep: yes('Whether they, and with them every release and route, stay when the chart is uninstalled.'),
    },
    'The kinds.',
  ),
  watchNamespace: nameOrNone(
    'The only namespace that is looked after and served; empty: all. With one, Roles there take the place of ClusterRoles.',
  ),
  rbac: block(
    {
      create: yes('Whether the chart creates roles and bindings for the programs.'),
      aggregate: yes('Whether whoever has the roles view, edit and admin may see, or change, the kinds too.'),
    },
    'Rights.',
  ),
  providers: block(
    {
      secrets: z
        .array(z.strictObject({ namespace: name, names: z.array(z.string().min(1).max(253)).min(1) }))
        .default([])
        .meta({
          description:
            "Secrets with providers' keys, which the programs may then `get`, by name. Their namespaces must exist.",
          examples: [[{ namespace: 'support', names: ['openai', 'anthropic'] }]],
        }),
    },
    'Where models are.',
  ),
  feedbackKey: block(
    {
      enabled: yes('Whether all gateways sign calls with one key, so that feedback may come to any of them.'),
      existingSecret: text(
        '',
        'A Secret of yours with the key, 32 bytes or more, under `key`; empty: made once and kept over upgrades.',
      ),
    },
    'What calls are signed with, so that callers can say whether an answer was good.',
  ),
  callers: block(
    {
      tokens: no(
        'Whether callers may show tokens of their ServiceAccounts; each may use the releases of its own namespace. Takes one right of the whole cluster.',
      ),
      audience: z
        .string()
        .min(1)
        .max(253)
        .default('sluice')
        .describe('What those tokens must have been made for.'),
      existingSecret: text(
        '',
        'A Secret of yours with hashed keys of callers, and what they may use, under `callers.yaml`; empty: no keys.',
      ),
    },
    'Who may call the gateway; with neither tokens nor keys everybody who can reach it.',
  ),
  budgets: block(
    {
      store: block(
        {
          url: z
            .string()
            .regex(/^((redis|valkey)s?:\/\/[^@?#\s]+)?$/)
            .default('')
            .describe('Its address, e.g. `rediss://valkey.cache:6379`; empty: each gateway counts alone.'),
          user: text('', 'User to sign in as; empty: the default one.'),
          passwordSecret: block(
            {
              name: text('', 'A Secret of yours with its password; empty: none is sent.'),
              key: text('password', 'The key in it.'),
            },
            'How the gateways sign in.',
          ),
        },
        'Valkey or Redis in which the gateways share one count of what calls cost.',
      ),
    },
    'Budgets of routes and releases.',
  ),
  otlp: block(
    {
      endpoint: z
        .string()
        .regex(/^(https?:\/\/[^@?#\s]+)?$/)
        .default('')
        .describe(
          'Where it takes OTLP over HTTP, e.g. `http://otel-collector.monitoring:4318`; empty: none is told.',
        ),
      headersSecret: block(
        {
          name: text(
            '',
            'A Secret of yours with headers for it, `NAME=VALUE` on each line; empty: none are sent.',
          ),
          key: text('headers', 'The key in it.'),
        },
        'How the gateways sign in.',
      ),
      traceSample: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe('How many calls are traced of those whose caller does not say, 0 to 1.'),
      traceProviders: no('Whether providers are told the trace of a call.'),
    },
    'The collector that the gateways send traces, metrics and records of calls to.',
  ),
  records: block(
    {
      file: block(
        {
          enabled: no('Whether they go to files rather than to standard output.'),
          size: z
            .string()
            .regex(/^[1-9][0-9]{0,5}(Ki|Mi|Gi)$/)
            .default('100Mi')
            .describe('How large a file may grow.'),
          number: z.int().min(2).max(1000).default(5).describe('How many files a gateway has at most.'),
          volume: object('The volume that they are in, under `/var/log/sluice`; without its name.', {
            emptyDir: {},
          }),
          fsGroup: count(
            65_532,
            0,
            'Group of a volume that is no emptyDir, so that the gateways may write to it; 0: the cluster chooses it.',
          ),
        },
        'Files that rotate, one row of them for each gateway.',
      ),
    },
    'The records of calls.',
  ),
  prometheus: block(
    {
      url: z
        .string()
        .regex(/^(https?:\/\/[^@?#\s]+)?$/)
        .default('')
        .describe(
          'Prometheus whose metrics guardrails may ask for, e.g. `http://prometheus.monitoring:9090`.',
        ),
      tokenSecret: block(
        {
          name: text('', 'A Secret with a bearer token for it; empty: none is sent.'),
          key: text('token', 'The key in it.'),
        },
        'How the operator signs in.',
      ),
    },
    'Where the metrics of guardrails of your own are.',
  ),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged.'),
  operator: block(
    {
      replicas: count(1, 0, 'How many there are: one leads, the others wait.'),
      ...pod({ cpu: '50m', memory: '128Mi' }, { memory: '512Mi' }),
    },
    'The operator.',
  ),
  gateway: block(
    {
      replicas: count(2, 0, 'How many there are, without autoscaling.'),
      workers: z
        .int()
        .min(0)
        .max(64)
        .default(1)
        .describe(
          'How many processes of each serve callers, 0: one for each processor that it may use. Each takes the memory of a gateway.',
        ),
      defaultNamespace: nameOrNone('Where a model that names no namespace is looked for first.'),
      stopDelaySeconds: count(
        5,
        0,
        'How long a pod that is to stop goes on taking calls, until nothing sends it any.',
      ),
      service: block(
        {
          type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Its type.'),
          port: z.int().min(1).max(65535).default(80).describe('Its port.'),
          annotations: words('Its annotations.'),
        },
        'The Service for callers. Do not expose it unless `callers` says who may call.',
      ),
      podDisruptionBudget: block(
        {
          enabled: yes('Whether there is one.'),
          maxUnavailable: z
            .union([z.int().min(0), z.string().regex(/^\d{1,3}%$/)])
            .default(1)
            .describe('How many may be evicted at a time.'),
        },
        'What evictions must leave.',
      ),
      autoscaling: block(
        {
          enabled: no('Whether there is a HorizontalPodAutoscaler.'),
          minReplicas: count(2, 1, 'Fewest.'),
          maxReplicas: count(10, 1, 'Most.'),
          targetCPUUtilizationPercentage: count(70, 1, 'Share of the requested CPU that it aims at.'),
        },
        'Replicas by load.',
      ),
      ...pod({ cpu: '100m', memory: '128Mi' }, { memory: '512Mi' }),
    },
    'The gateway.',
  ),
  evaluator: block(
    {
      enabled: yes('Whether there is one; without it a release with gates waits.'),
      replicas: count(1, 0, 'How many there are: one leads, the others wait.'),
      ...pod({ cpu: '50m', memory: '128Mi' }, { memory: '512Mi' }),
    },
    'The evaluator, which runs EvalSuites.',
  ),
  networkPolicy: block(
    {
      enabled: yes('Whether only those named here may connect.'),
      callers: peers('Who may call the gateway (NetworkPolicyPeers); default: every pod of the cluster.', [
        { namespaceSelector: {} },
      ]),
      prometheus: peers('Who may read the metrics (NetworkPolicyPeers).', [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
      ]),
    },
    'Who may connect.',
  ),
  serviceMonitor: block(
    {
      enabled: no('Whether there are ServiceMonitors of the programs; needs the Prometheus Operator.'),
      interval: text('15s', 'How often they are scraped.'),
      labels: words('Labels that your Prometheus selects them by.'),
    },
    'What the Prometheus Operator scrapes.',
  ),
  prometheusRule: block(
    {
      enabled: no('Whether there is a PrometheusRule with alerts; needs the Prometheus Operator.'),
      labels: words('Labels that your Prometheus selects it by.'),
    },
    'Alerts.',
  ),
  dashboards: block(
    {
      enabled: no('Whether there is a ConfigMap with dashboards for Grafana.'),
      labels: words("Labels that Grafana's sidecar selects it by.", { grafana_dashboard: '1' }),
    },
    'Dashboards.',
  ),
});
