import { randomBytes } from 'node:crypto';
import type { ModelProviderStatus } from '../../src/api/model-provider.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { eventually } from '../eventually.ts';
import { type Callers, startCallers } from '../processes/callers.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';

/** A live object, as kubectl shows it. */
export interface Live<S = ReleaseStatus> {
  metadata: {
    name: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    annotations?: Record<string, string>;
  };
  spec: Record<string, unknown>;
  status?: S;
}

/** What the simulator does, by a word in the prompt. */
type Rules = Parameters<typeof startSimulator>[0]['rules'];

/** A namespace on a real API server, a simulated provider, and Sluice's own processes. */
export interface Stage {
  cluster: Cluster;
  namespace: string;
  simulator: Simulator;
  gatewayUrl: string;
  gatewayAdminUrl: string;
  gateway: SluiceProcess;
  operator: SluiceProcess;
  apply(...objects: object[]): Promise<void>;
  kubectl(...args: string[]): Promise<string>;
  get<S = ReleaseStatus>(kind: string, name: string): Promise<Live<S>>;
  /** Waits until the object's status satisfies `wanted`. */
  until(kind: string, name: string, wanted: (live: Live) => boolean, ms?: number): Promise<Live>;
  call(model: string, perSecond: number): Callers;
  restartOperator(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
}

export const PLANTED_KEY = 'sk-planted-secret-4711';

/** Starts gateway and operator on `cluster`, with provider `sim` and route `fast` in a namespace of their own. */
export async function startStage(
  cluster: Cluster,
  rules: Rules,
  operatorFlags: readonly string[] = [],
  gatewayFlags: readonly string[] = [],
): Promise<Stage> {
  const namespace = await cluster.createNamespace('cluster');
  const simulator = await startSimulator({ rules, seed: 7, key: PLANTED_KEY });
  const common = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, '--admin', '127.0.0.1:0'];
  const own = ['--listen', '127.0.0.1:0', '--replica', 'gateway-0', ...gatewayFlags];
  const gateway = startSluice(['gateway', ...common, ...own]);
  const { url, admin } = await gateway.logged(({ msg }) => msg === 'the gateway listens');
  const lease = ['--lease-namespace', namespace, '--lease-name', `sluice-${randomBytes(3).toString('hex')}`];
  const startOperator = () =>
    startSluice(['operator', ...common, ...lease, '--gateway', String(admin), ...operatorFlags]);
  const callers = new Set<Callers>();

  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const all = ['--namespace', namespace, ...args];
    const { code, stdout, stderr } = await cluster.kubectl(all, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const stage: Stage = {
    cluster,
    namespace,
    simulator,
    gatewayUrl: String(url),
    gatewayAdminUrl: String(admin),
    gateway,
    operator: startOperator(),
    async apply(...objects) {
      for (const object of objects) await kubectl(['apply', '-f', '-'], JSON.stringify(object));
    },
    kubectl: (...args) => kubectl(args),
    get: async <S>(kind: string, name: string) =>
      JSON.parse(await kubectl(['get', kind, name, '-o', 'json'])) as Live<S>,
    async until(kind, name, wanted, ms = 45_000) {
      let last: Live | undefined;
      return eventually(
        () =>
          `${kind} ${name}; its last status: ${JSON.stringify(last?.status)}\n${stage.operator.output().slice(-1500)}`,
        async () => {
          last = await stage.get(kind, name);
          return wanted(last) ? last : undefined;
        },
        ms,
        200,
      );
    },
    call(model, perSecond) {
      const started = startCallers(stage.gatewayUrl, model, perSecond);
      callers.add(started);
      return started;
    },
    async restartOperator(signal) {
      await stage.operator.kill(signal);
      stage.operator = startOperator();
    },
    async stop() {
      await Promise.all([...callers].map((each) => each.stop()));
      await Promise.all([stage.operator.kill('SIGTERM'), gateway.kill('SIGTERM')]);
      await simulator.close(100);
    },
  };
  await kubectl(['create', 'secret', 'generic', 'sim', `--from-literal=apiKey=${PLANTED_KEY}`]);
  await stage.apply(provider(simulator.baseURL), route());
  await stage.until('mroute', 'fast', ({ status }) => status?.phase === 'Healthy');
  return stage;
}

const apiVersion = 'sluice.dev/v1alpha1';

export const provider = (baseURL: string, secret = 'sim', name = 'sim') => ({
  apiVersion,
  kind: 'ModelProvider',
  metadata: { name },
  spec: { dialect: 'OpenAI', baseURL, auth: { secretRef: { name: secret, key: 'apiKey' } } },
});

export const route = (model = 'model-a', name = 'fast', rollout: object = QUICK) => ({
  apiVersion,
  kind: 'ModelRoute',
  metadata: { name },
  spec: { backends: [{ name: 'primary', providerRef: { name: 'sim' }, model }], rollout },
});

/** Steps that last seconds. */
export const QUICK = {
  steps: [
    { weight: 20, minDuration: '4s', minCalls: 20 },
    { weight: 50, minDuration: '4s', minCalls: 20 },
  ],
};

export const release = (
  name: string,
  content: string,
  over: { rollout?: object; metadata?: object; spec?: object } = {},
) => ({
  apiVersion,
  kind: 'PromptRelease',
  metadata: { name, ...over.metadata },
  spec: {
    routeRef: { name: 'fast' },
    prompt: { messages: [{ role: 'system', content }] },
    rollout: over.rollout ?? QUICK,
    ...over.spec,
  },
});

/** Which of a release's revisions says `content`, by what is kept. */
export function contentOf(live: Live): string | undefined {
  const { prompt } = live.spec as { prompt?: { messages: { content: string }[] } };
  return prompt?.messages[0]?.content;
}

export function conditionOf({ status }: Live<ReleaseStatus> | Live<ModelProviderStatus>, type: string) {
  return status?.conditions?.find((each) => each.type === type);
}
