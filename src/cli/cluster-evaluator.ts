import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { type Evaluator, startEvaluator } from '../evaluator/evaluator.ts';
import { type Live, startLive } from '../evaluator/live/live.ts';
import { liveMetrics } from '../evaluator/live/live-metrics.ts';
import { gatewaySamples } from '../evaluator/live/samples.ts';
import { probeMetrics } from '../evaluator/probes/probe-metrics.ts';
import { type Probes, startProbes } from '../evaluator/probes/probes.ts';
import { scheduleMetrics } from '../evaluator/schedule-metrics.ts';
import { startWatch } from '../evaluator/watch/watch.ts';
import { watchMetrics } from '../evaluator/watch/watch-metrics.ts';
import { kubernetesStore } from '../store/kubernetes/store.ts';
import { startAdminServer } from './admin-server.ts';
import { type ClusterOptions, connect } from './cluster.ts';
import { lead } from './lead.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import type { CommonOptions, LeaseOptions } from './options.ts';
import { type GatewayReplicas, replicaUrls } from './replicas.ts';

export interface EvaluatorProcessOptions
  extends CommonOptions,
    ClusterOptions,
    LeaseOptions,
    GatewayReplicas {
  namespace?: string;
}

/**
 * Runs the evaluator against an API server until SIGTERM, SIGINT or the loss of the lease.
 * @throws Error where the API server cannot be found, or the lease was lost: another process leads then.
 */
export async function evaluateCluster(options: EvaluatorProcessOptions): Promise<void> {
  const log = createLog(options.logLevel);
  const registry = new Registry();
  const transport = await connect(options);
  let election: ReturnType<typeof lead> | undefined;
  let evaluator: Evaluator | undefined;
  let live: Live | undefined;
  let watch: ReturnType<typeof startWatch> | undefined;
  let probes: Probes | undefined;
  const store = kubernetesStore({
    transport,
    log,
    // It writes no status that gateways read: its term is of no concern to them.
    epoch: () => 0,
    mayWrite: () => election?.leads() ?? false,
    instance: hostname(),
    ...(options.namespace !== undefined && { namespace: options.namespace }),
  });
  probeMetrics(registry, store, () => probes !== undefined);
  const replica = hostname();
  // Before anything watches and so keeps the process: the address may be taken.
  const stopAdmin = await startAdminServer({
    address: options.admin,
    registry,
    ready: () => election !== undefined,
    // Whoever waits has scored nothing.
    evidence: (uids) => live?.evidence(uids) ?? { replica, startId: 'waiting', releases: [] },
  });
  store.start();

  const lost = Promise.withResolvers<never>();
  const { gateway, gatewayService } = options;
  const samples = gatewaySamples({ endpoints: replicaUrls(gateway, gatewayService, transport), log });
  const onLeading = () => {
    evaluator = startEvaluator({ store, log, onRun: scheduleMetrics(registry, store) });
    live = startLive({ store, samples, replica, log, metrics: liveMetrics(registry) });
    watch = startWatch({ store, traits: samples, log, metrics: watchMetrics(registry) });
    probes = startProbes({ store, log });
    log.info({}, 'the evaluator leads');
  };
  const begin = async () => {
    await store.synced();
    election = lead(options, {
      transport,
      log,
      leastEpoch: () => 0,
      onLeading,
      onLost: lost.reject,
    });
    if (!options.leaderElect) onLeading();
  };
  begin().catch(lost.reject);

  await untilStopped(
    async () => {
      await Promise.all([evaluator?.stop(), live?.stop(), watch?.stop(), probes?.stop()]);
      await samples.close();
      await election?.stop();
      await store.stop();
      await stopAdmin();
      await transport.close();
    },
    log,
    { failed: lost.promise },
  );
}
