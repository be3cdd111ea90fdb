import type { ModelProviderSpec } from '../../src/api/model-provider.ts';
import type { ModelRouteSpec } from '../../src/api/model-route.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import type { Clock } from '../../src/controllers/clock.ts';
import { providerReconciler } from '../../src/controllers/model-provider/reconcile.ts';
import { modelRouteRules } from '../../src/controllers/model-route/rules.ts';
import { promptReleaseRules } from '../../src/controllers/prompt-release/rules.ts';
import { assessor } from '../../src/controllers/release/assess.ts';
import { releaseReconciler } from '../../src/controllers/release/reconcile.ts';
import { silentLog } from '../../src/lib/log.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { faultyStore } from './faulty-store.ts';
import { type Bad, fakeGateway } from './gateway.ts';

export const ROLLOUT: Rollout = {
  steps: [
    { weight: 20, minDuration: '30s', minCalls: 20 },
    { weight: 50, minDuration: '30s', minCalls: 20 },
  ],
};

/** What a test may say of an object beyond its content. */
export interface Over {
  rollout?: Rollout;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  managers?: string[];
}

const CALLS_PER_SECOND = 50;

/**
 * The controllers over a store in memory, with a clock that the test turns and a gateway that answers as it says:
 * provider `sim`, route `fast` and release `triage` in namespace `n`.
 */
export function world() {
  const memory = memoryStore();
  const faults = faultyStore(memory);
  const gateway = fakeGateway(memory);
  let ms = 0;
  const clock: Clock = { now: () => new Date(Date.UTC(2026, 0, 1) + ms), monotonic: () => ms };
  const { store } = faults;
  const start = () => {
    const common = {
      store,
      assess: assessor({ evidence: gateway.source, source: store, clock }),
      clock,
      log: silentLog,
    };
    return {
      provider: providerReconciler({ store, clock }),
      route: releaseReconciler({ rules: modelRouteRules(store), ...common }),
      release: releaseReconciler({ rules: promptReleaseRules(store), ...common }),
    };
  };
  let controllers = start();

  const it = {
    store: memory,
    faults,
    gateway,
    status: (): ReleaseStatus => memory.get('PromptRelease', 'n', 'triage')!.status,
    routeStatus: (): ReleaseStatus => memory.get('ModelRoute', 'n', 'fast')!.status,
    content: () => memory.get('PromptRelease', 'n', 'triage')!.spec.prompt?.messages[0]?.content,
    /** Applies the release. */
    put(content: string, { rollout = ROLLOUT, ...over }: Over = {}) {
      const prompt = { messages: [{ role: 'system' as const, content }] };
      const metadata = { name: 'triage', namespace: 'n', ...over };
      memory.put({ kind: 'PromptRelease', metadata, spec: { routeRef: { name: 'fast' }, prompt, rollout } });
    },
    /** Applies the route with one backend that asks for `model`. */
    putRoute(model: string, over: Partial<ModelRouteSpec> = {}) {
      const backends = [{ name: 'one', providerRef: { name: 'sim' }, model }];
      const spec = { backends, rollout: ROLLOUT, ...over };
      memory.put({ kind: 'ModelRoute', metadata: { name: 'fast', namespace: 'n' }, spec });
    },
    putProvider(over: Partial<ModelProviderSpec> = {}) {
      const spec = { dialect: 'OpenAI' as const, baseURL: 'http://127.0.0.1:1/v1', ...over };
      memory.put({ kind: 'ModelProvider', metadata: { name: 'sim', namespace: 'n' }, spec });
    },
    /** Sets annotations as `kubectl annotate` does: the spec stays. */
    annotate(annotations: Record<string, string>) {
      const { metadata, spec } = memory.get('PromptRelease', 'n', 'triage')!;
      const all = { ...metadata.annotations, ...annotations };
      memory.put({ kind: 'PromptRelease', metadata: { ...metadata, annotations: all }, spec });
    },
    /** Controllers of a new process: they remember nothing. */
    restart() {
      controllers = start();
    },
    async pass() {
      await controllers.provider('n/sim');
      await controllers.route('n/fast');
      return controllers.release('n/triage');
    },
    /** Lets days pass in which nothing happens. */
    days(count: number) {
      ms += count * 86_400_000;
    },
    /** Lets seconds pass, each with its calls and a pass. */
    async seconds(count: number, bad: Bad = () => 0) {
      for (let n = 0; n < count; n++) {
        ms += 1000;
        gateway.serve(CALLS_PER_SECOND, bad);
        await it.pass();
      }
    },
  };
  it.putProvider();
  it.putRoute('m');
  return it;
}

export type World = ReturnType<typeof world>;

/** A world in which `good` serves. */
export async function withStable(over: Over = {}): Promise<{ it: World; good: string }> {
  const it = world();
  it.put('good', over);
  await it.pass();
  return { it, good: it.status().stableRevision! };
}

/** Every call of a revision fails but those of `good`. */
export const allBadBut =
  (good: string | undefined): Bad =>
  (revision) =>
    revision === good ? 0 : 1;

/** Why a release is Stalled; undefined where it is not. */
export function stalled({ conditions }: ReleaseStatus): string | undefined {
  const found = conditions?.find(({ type }) => type === 'Stalled');
  return found?.status === 'True' ? found.reason : undefined;
}
