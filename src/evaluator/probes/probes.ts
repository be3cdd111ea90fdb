import type { Probe } from '../../api/model-provider.ts';
import { nameOf, nameParts, type Resource } from '../../api/resource.ts';
import { type Clock, systemClock } from '../../controllers/clock.ts';
import { type ControllerOptions, runController } from '../../controllers/runner.ts';
import { type Prober, prober as proberOver } from '../../gateway/probe.ts';
import { type Log, silentLog } from '../../lib/log.ts';
import type { Change, Store } from '../../store/store.ts';
import { dueInMs } from './due.ts';
import { probedModels } from './probed-models.ts';

type Provider = Resource<'ModelProvider'>;

export interface ProbesOptions {
  store: Store;
  log?: Log;
  clock?: Clock;
  /** Default: one with connections of its own. */
  prober?: Prober;
  queue?: ControllerOptions['queue'];
}

export interface Probes {
  /** Whether no probe is under way or due. */
  idle(): boolean;
  /** Breaks off what is asked, of which nothing is kept. */
  stop(): Promise<void>;
}

const LONGEST_MESSAGE = 512;

/**
 * Has every model that routes ask of a provider with `spec.probe` tried, by one process and four providers at a time, and
 * writes what came of it into the provider's status. When the next probe is due follows from there.
 */
export function startProbes(options: ProbesOptions): Probes {
  const { store, log = silentLog, clock = systemClock, queue = { workers: 4 } } = options;
  const prober = options.prober ?? proberOver({ source: store, log });
  const stopping = new AbortController();
  const { signal } = stopping;

  /** Probes the model that is the longest due, and says when to look again. */
  async function pass(key: string): Promise<{ requeueAfterMs?: number }> {
    const provider = store.get('ModelProvider', ...nameParts(key));
    if (provider === undefined || provider.invalid !== undefined) return {};
    const before = provider.status.probes ?? [];
    const models = provider.spec.probe === undefined ? [] : probedModels(store, provider);
    const kept = before.filter(({ model }) => models.includes(model));
    const due = models
      .map((model) => ({ model, last: kept.find((each) => each.model === model) }))
      .map((each) => ({ ...each, ms: dueInMs(each.last, provider.spec.probe?.interval, clock.now()) }))
      .sort((a, b) => a.ms - b.ms || (a.last?.lastProbeAt ?? '').localeCompare(b.last?.lastProbeAt ?? ''));
    const [next] = due;
    if (next === undefined || next.ms > 0) {
      if (kept.length < before.length) await write(provider, kept);
      return next === undefined ? {} : { requeueAfterMs: next.ms };
    }
    const now = await probe(provider, next.model, next.last);
    if (now === undefined) return {};
    // Read anew: a probe takes a while, and others write the status too.
    const current = store.get('ModelProvider', ...nameParts(key));
    if (current?.metadata.uid !== provider.metadata.uid) return {};
    const others = (current.status.probes ?? []).filter(
      ({ model }) => model !== next.model && models.includes(model),
    );
    await write(current, [...others, now]);
    return { requeueAfterMs: 0 };
  }

  async function probe(provider: Provider, model: string, last: Probe | undefined) {
    const came = await prober.probe(provider, model, signal);
    if (came === undefined) return undefined;
    const at = clock.now().toISOString();
    const works = !('error' in came);
    const lastWorkedAt = works ? at : last?.lastWorkedAt;
    if (!works) {
      const of = { provider: nameOf(provider.metadata), model, error: came.error };
      log.warn(of, 'a probe was not answered');
    }
    return {
      model,
      lastProbeAt: at,
      result: works ? ('Works' as const) : ('Fails' as const),
      ...(works && { latencyMs: came.latencyMs }),
      ...(lastWorkedAt !== undefined && { lastWorkedAt }),
      ...(!works && { message: cut(came.error) }),
    };
  }

  async function write(provider: Provider, probes: readonly Probe[]): Promise<void> {
    const { probes: _before, ...rest } = provider.status;
    const sorted = [...probes].sort((a, b) => (a.model < b.model ? -1 : 1));
    await store.writeStatus(provider, { ...rest, ...(sorted.length > 0 && { probes: sorted }) });
  }

  const controller = runController({ name: 'Probes', reconcile: pass, queue, log });
  const onChange = (change: Change): void => {
    if (change.kind === 'ModelProvider') return controller.enqueue(nameOf(change));
    if (change.kind !== 'ModelRoute') return;
    for (const { metadata, spec, invalid } of store.list('ModelProvider')) {
      if (invalid === undefined && spec.probe !== undefined && metadata.namespace === change.namespace)
        controller.enqueue(nameOf(metadata));
    }
  };
  const unsubscribe = store.subscribe(onChange);
  void store.synced().then(() => {
    if (signal.aborted) return;
    for (const { metadata } of store.list('ModelProvider')) controller.enqueue(nameOf(metadata));
  });

  return {
    idle: controller.idle,
    async stop() {
      unsubscribe();
      stopping.abort();
      await controller.stop();
      await prober.close();
    },
  };
}

const cut = (text: string): string => [...text].slice(0, LONGEST_MESSAGE).join('');
