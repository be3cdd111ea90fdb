import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { startControllers } from '../controllers/controllers.ts';
import { startEvaluator } from '../evaluator/evaluator.ts';
import { startLive } from '../evaluator/live/live.ts';
import { liveMetrics } from '../evaluator/live/live-metrics.ts';
import { probeMetrics } from '../evaluator/probes/probe-metrics.ts';
import { startProbes } from '../evaluator/probes/probes.ts';
import { scheduleMetrics } from '../evaluator/schedule-metrics.ts';
import { startWatch } from '../evaluator/watch/watch.ts';
import { watchMetrics } from '../evaluator/watch/watch-metrics.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import { startGateway } from '../gateway/gateway.ts';
import { MOST_SAMPLES } from '../gateway/samples/sampler.ts';
import { directoryStore } from '../store/directory/directory-store.ts';
import type { Address } from './address.ts';
import { type CallersOptions, openCallers } from './callers.ts';
import { keptFeedbackKey } from './feedback-key.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import type { CommonOptions, PrometheusOptions } from './options.ts';
import { type OtlpOptions, otlpOf } from './otlp.ts';
import { customSource } from './prometheus.ts';
import { type RecordFileOptions, recordFileOf } from './record-file.ts';

export interface StandaloneOptions
  extends CommonOptions,
    PrometheusOptions,
    CallersOptions,
    RecordFileOptions,
    OtlpOptions {
  manifests: string;
  state: string;
  namespace: string;
  listen: Address;
}

/**
 * Runs controllers, gateway and suites over a folder of manifests, in this process, until SIGTERM or SIGINT.
 * @throws Error where the state folder is in use or an address is taken.
 */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  const { manifests, state, namespace, listen, admin } = options;
  const log = createLog(options.logLevel);
  const otlp = await otlpOf(options, hostname());
  const custom = customSource(options, log);
  const callers = await openCallers(options, log);
  const store = await directoryStore({ manifests, state, namespace, log });
  const registry = new Registry();
  const start = async () => {
    const feedbackKey = await keptFeedbackKey(state);
    const replica = hostname();
    return startGateway({
      source: store,
      log,
      listen,
      admin,
      replica,
      defaultNamespace: namespace,
      feedbackKey,
      ...recordFileOf(options),
      ...otlp,
      ...(callers && { callers }),
      registry,
    });
  };
  const gateway = await start().catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const evidence: EvidenceSource = { read: async (uids) => [gateway.evidence(uids)] };
  const live = startLive({
    store,
    samples: { take: async () => gateway.takeSamples(MOST_SAMPLES) },
    replica: hostname(),
    log,
    metrics: liveMetrics(registry),
  });
  const watch = startWatch({
    store,
    traits: { takeTraits: async () => gateway.takeTraits() },
    log,
    metrics: watchMetrics(registry),
  });
  const scores: EvidenceSource = { read: async (uids) => [live.evidence(uids)] };
  const controllers = startControllers({ store, evidence, custom, scores, log });
  const probes = startProbes({ store, log });
  probeMetrics(registry, store);
  const evaluator = startEvaluator({ store, log, onRun: scheduleMetrics(registry, store) });
  await untilStopped(async () => {
    await Promise.all([evaluator.stop(), live.stop(), watch.stop(), probes.stop()]);
    await controllers.stop();
    await gateway.stop();
    callers?.stop();
    await store.close();
  }, log);
}
