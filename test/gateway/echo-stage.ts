import { PassThrough } from 'node:stream';
import OpenAI from 'openai';
import type { ModelRouteSpec } from '../../src/api/model-route.ts';
import type { Prompt } from '../../src/api/prompt-release.ts';
import { startControllers } from '../../src/controllers/controllers.ts';
import { withoutPrometheus } from '../../src/evidence/prometheus/source.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { BETWEEN_WRITES_MS } from '../../src/gateway/telemetry/lines.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { type MemoryStore, memoryStore } from '../../src/store/memory.ts';
import { eventually } from '../eventually.ts';
import { echoProvider } from './echo-provider.ts';
import type { ScriptedProvider } from './provider.ts';

export const PROVIDER_KEY = 'sk-planted-provider-key-4711-0815-abcd';

type Privacy = NonNullable<ModelRouteSpec['privacy']>;

/** A gateway before providers of both dialects that repeat what they are told. */
export interface EchoStage {
  store: MemoryStore;
  gateway: Gateway;
  provider: ScriptedProvider;
  client: OpenAI;
  /** The records of calls so far, parsed. */
  records(): Promise<Record<string, unknown>[]>;
  /** Gives all routes, `open`, `claude` and `two`, this privacy and what `over` says, and resolves once the gateway has seen it. */
  privacy(privacy: Privacy, over?: Partial<ModelRouteSpec>): Promise<void>;
  /** Releases `prompt` over the route `open`, and resolves once it is served. */
  prompt(prompt: Prompt): Promise<void>;
  stop(): Promise<void>;
}

export async function startEchoStage(
  privacy: Privacy,
  log: Log = silentLog,
  over: Partial<GatewayOptions> = {},
): Promise<EchoStage> {
  const store = memoryStore();
  store.secrets.set('support/key/key', PROVIDER_KEY);
  const provider = await echoProvider();
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
    log,
    feedbackKey: Buffer.alloc(32, 7),
    ...over,
  });
  const evidence = { read: async (uids: readonly string[]) => [gateway.evidence(uids)] };
  const controllers = startControllers({ store, evidence, custom: withoutPrometheus, log });
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'k', maxRetries: 0, timeout: 10_000 });

  for (const dialect of ['OpenAI', 'Anthropic'] as const)
    store.put({
      kind: 'ModelProvider',
      metadata: { name: dialect.toLowerCase(), namespace: 'support' },
      spec: { dialect, baseURL: provider.baseURL, auth: { secretRef: { name: 'key', key: 'key' } } },
    });
  const models = async () => {
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data?: { id: string }[] };
    return (data ?? []).map(({ id }) => id);
  };
  const stage: EchoStage = {
    store,
    gateway,
    provider,
    client,
    async records() {
      // Records are written after the answer, those of a row together: a later timer fires later.
      await new Promise((resolve) => setTimeout(resolve, 2 * BETWEEN_WRITES_MS));
      return written
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async privacy(privacy, over = {}) {
      const routes = { open: ['openai'], claude: ['anthropic'], two: ['openai', 'openai'] };
      for (const [name, providers] of Object.entries(routes))
        store.put({
          kind: 'ModelRoute',
          metadata: { name, namespace: 'support' },
          spec: {
            backends: providers.map((each, at) => ({
              name: `b${at}`,
              providerRef: { name: each },
              model: at === 0 ? 'first' : 'second',
            })),
            privacy,
            ...over,
          },
        });
      const before = await swaps();
      store.put({ kind: 'EvalSuite', metadata: { name: 'x', namespace: 'support' }, spec: { assert: [] } });
      await eventually('the gateway has seen it', async () => (await swaps()) > before);
    },
    async prompt(prompt) {
      store.put({
        kind: 'PromptRelease',
        metadata: { name: 'prompt', namespace: 'support' },
        spec: { routeRef: { name: 'open' }, prompt },
      });
      await eventually('the prompt is served', async () => (await models()).includes('prompt'));
    },
    async stop() {
      await controllers.stop();
      await gateway.stop(500);
      await provider.stop();
    },
  };
  const swaps = async () => {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    return Number(/^sluice_gateway_table_swaps_total (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  await stage.privacy(privacy);
  await eventually('the routes are served', async () => (await models()).length === 3);
  return stage;
}
