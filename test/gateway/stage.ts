import { PassThrough } from 'node:stream';
import OpenAI from 'openai';
import type { EvidenceCell } from '../../src/api/evidence.ts';
import type { ModelProviderSpec } from '../../src/api/model-provider.ts';
import type { Backend } from '../../src/api/model-route.ts';
import type { PromptReleaseSpec } from '../../src/api/prompt-release.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import { type Controllers, startControllers } from '../../src/controllers/controllers.ts';
import { withoutPrometheus } from '../../src/evidence/prometheus/source.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { BETWEEN_WRITES_MS } from '../../src/gateway/telemetry/lines.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type MemoryStore, memoryStore } from '../../src/store/memory.ts';

export const KEY = 'sk-planted-4711';
export const FEEDBACK_KEY = Buffer.from('planted-feedback-key-of-32-bytes');
type Rules = Parameters<typeof startSimulator>[0]['rules'];
type Seen = { body: Record<string, unknown>; headers: Record<string, unknown> };

/** A gateway, the real controllers over a store in memory, and a simulated provider. */
export interface Stage {
  store: MemoryStore;
  gateway: Gateway;
  simulator: Simulator;
  client: OpenAI;
  /** What the provider was sent. */
  seen: Seen[];
  /** The records of calls so far, parsed. */
  records(): Promise<Record<string, unknown>[]>;
  /** A provider that the simulator plays, with the key of `sim`. */
  putProvider(name: string, over?: Partial<ModelProviderSpec>): void;
  putRoute(backends?: Partial<Backend>[], over?: object): void;
  putRelease(
    content: string,
    over?: { rollout?: Rollout; prompt?: object; spec?: Partial<PromptReleaseSpec> },
  ): void;
  status(kind?: 'PromptRelease' | 'ModelRoute', name?: string): ReleaseStatus;
  /** Resolves when the gateway draws as the status says. */
  until(
    wanted: (status: ReleaseStatus) => boolean,
    kind?: 'PromptRelease' | 'ModelRoute',
    name?: string,
  ): Promise<ReleaseStatus>;
  /** What has been counted of a revision, by split. */
  cells(revision: string): EvidenceCell[];
  /** Outcomes counted of a revision, over all splits. */
  outcomes(revision: string): Record<string, number>;
  stop(): Promise<void>;
}

/** A split that stays: nothing advances it and nothing takes it back. */
export function held(weight: number, over: Rollout = {}): Rollout {
  const guardrails = [{ name: 'errors', metric: 'ErrorRate' as const, action: 'Notify' as const }];
  return { steps: [{ weight, minDuration: '1h' }], guardrails, ...over };
}

export async function startStage(
  rules: Rules,
  custom = withoutPrometheus,
  over: Partial<GatewayOptions> = {},
): Promise<Stage> {
  const store = memoryStore();
  store.secrets.set('support/sim/key', KEY);
  const seen: Seen[] = [];
  const simulator = await startSimulator({
    rules,
    seed: 11,
    key: KEY,
    onRequest: (body, headers) => seen.push({ body: JSON.parse(body) as Record<string, unknown>, headers }),
  });
  const lines = new PassThrough();
  let written = '';
  lines.on('data', (chunk) => {
    written += chunk;
  });
  const local = { host: '127.0.0.1', port: 0 };
  const gateway = await startGateway({
    source: store,
    listen: local,
    admin: local,
    replica: 'g',
    recordTo: lines,
    feedbackKey: FEEDBACK_KEY,
    ...over,
  });
  const evidence = { read: async (uids: readonly string[]) => [gateway.evidence(uids)] };
  const controllers: Controllers = startControllers({ store, evidence, custom, log: silentLog });
  const client = new OpenAI({
    baseURL: `${gateway.url}/v1`,
    apiKey: 'callers-own-key',
    maxRetries: 0,
    timeout: 10_000,
  });

  const stage: Stage = {
    store,
    gateway,
    simulator,
    client,
    seen,
    async records() {
      // Records are written after the answer, those of a row together: a later timer fires later.
      await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_WRITES_MS));
      return written
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    putProvider(name, over = {}) {
      store.put({
        kind: 'ModelProvider',
        metadata: { name, namespace: 'support' },
        spec: {
          dialect: 'OpenAI',
          baseURL: simulator.baseURL,
          auth: { secretRef: { name: 'sim', key: 'key' } },
          ...over,
        },
      });
    },
    putRoute(backends = [{}], over = {}) {
      const filled = backends.map((backend, at) => ({
        name: `b${at}`,
        providerRef: { name: 'sim' },
        model: 'model-a',
        ...backend,
      }));
      store.put({
        kind: 'ModelRoute',
        metadata: { name: 'fast', namespace: 'support' },
        spec: { backends: filled, ...over },
      });
    },
    putRelease(content, { rollout = held(50), prompt = {}, spec = {} } = {}) {
      store.put({
        kind: 'PromptRelease',
        metadata: { name: 'triage', namespace: 'support' },
        spec: {
          routeRef: { name: 'fast' },
          owner: { team: 'care', feature: 'tickets' },
          prompt: { messages: [{ role: 'system', content }], ...prompt },
          rollout,
          ...spec,
        },
      });
    },
    status: (kind = 'PromptRelease', name = 'triage') => store.get(kind, 'support', name)!.status,
    until(wanted, kind = 'PromptRelease', name = 'triage') {
      const there = () => {
        const resource = store.get(kind, 'support', name);
        if (resource === undefined || !wanted(resource.status)) return undefined;
        const { uid } = resource.metadata;
        const serving = gateway.evidence([uid]).releases[0]?.serving;
        const weight = resource.status.candidateRevision === undefined ? 0 : resource.status.step?.weight;
        const same = serving?.stable === resource.status.stableRevision && serving?.weight === weight;
        return same && serving?.attempt === resource.status.attempt ? resource.status : undefined;
      };
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          clearInterval(look);
          reject(new Error(`not reached: ${JSON.stringify(store.get(kind, 'support', name)?.status)}`));
        }, 15_000);
        const look = setInterval(() => {
          const status = there();
          if (status === undefined) return;
          clearInterval(look);
          clearTimeout(limit);
          resolve(status);
        }, 10);
      });
    },
    cells: (revision) =>
      gateway.evidence().releases.flatMap(({ cells }) => cells.filter((each) => each.revision === revision)),
    outcomes(revision) {
      const sum: Record<string, number> = {};
      for (const cell of stage.cells(revision)) {
        for (const [outcome, count] of Object.entries(cell.outcomes))
          sum[outcome] = (sum[outcome] ?? 0) + count;
      }
      return sum;
    },
    async stop() {
      await controllers.stop();
      await gateway.stop(500);
      await simulator.close(100);
    },
  };
  stage.putProvider('sim');
  stage.putRoute();
  stage.putRelease('You are A.');
  await stage.until(({ phase }) => phase === 'Healthy');
  return stage;
}

/** Asks as user `user`; the revision that answered and the answer. */
export async function ask(stage: Stage, user: string, over: object = {}) {
  const { data, response } = await stage.client.chat.completions
    .create({ model: 'triage', user, messages: [{ role: 'user', content: 'hi' }], ...over })
    .withResponse();
  return {
    data,
    revision: response.headers.get('x-sluice-revision'),
    call: response.headers.get('x-sluice-call'),
  };
}

/** Asks for a stream and reads it to its end. */
export async function askStream(stage: Stage, user: string, over: object = {}) {
  const { data, response } = await stage.client.chat.completions
    .create({ model: 'triage', user, stream: true, messages: [{ role: 'user', content: 'hi' }], ...over })
    .withResponse();
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of data) chunks.push(chunk);
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  return {
    chunks,
    text,
    revision: response.headers.get('x-sluice-revision'),
    call: response.headers.get('x-sluice-call'),
  };
}
