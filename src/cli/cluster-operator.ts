import { hostname } from 'node:os';
import { KIND_NAMES } from '../api/resource.ts';
import { startControllers } from '../controllers/controllers.ts';
import { releaseMetrics } from '../controllers/release-metrics.ts';
import { replicaEvidence } from '../evidence/replicas.ts';
import { kubernetesStore } from '../store/kubernetes/store.ts';
import type { Store } from '../store/store.ts';
import { startAdminServer } from './admin-server.ts';
import { type ClusterOptions, connect } from './cluster.ts';
import { lead } from './lead.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import { operatorMetrics } from './operator-metrics.ts';
import type { CommonOptions, LeaseOptions, PrometheusOptions } from './options.ts';
import { customSource } from './prometheus.ts';
import { type EvaluatorReplicas, type GatewayReplicas, replicaUrls } from './replicas.ts';

export interface OperatorOptions
  extends CommonOptions,
    ClusterOptions,
    LeaseOptions,
    PrometheusOptions,
    GatewayReplicas,
    EvaluatorReplicas {
  namespace?: string;
}

/**
 * Runs the controllers against an API server until SIGTERM, SIGINT or the loss of the lease.
 * @throws Error where the API server cannot be found, or the lease was lost: another process leads then.
 */
export async function operateCluster(options: OperatorOptions): Promise<void> {
  const log = createLog(options.logLevel);
  const custom = customSource(options, log);

  // The store wants to know who leads, and who leads depends on what the store has read.
  let election: ReturnType<typeof lead> | undefined;
  let controllers: ReturnType<typeof startControllers> | undefined;
  const leads = () => election?.leads() ?? false;
  const metrics = operatorMetrics(leads, () => controllers?.depth() ?? 0);
  const transport = await connect(options, { onCall: metrics.call });

  const store = kubernetesStore({
    transport,
    log,
    epoch: () => election?.epoch() ?? 0,
    mayWrite: leads,
    instance: hostname(),
    ...(options.namespace !== undefined && { namespace: options.namespace }),
  });
  const stopMetrics = releaseMetrics(metrics.registry, store, leads);
  // Before anything watches and so keeps the process: the address may be taken.
  const stopAdmin = await startAdminServer({
    address: options.admin,
    registry: metrics.registry,
    ready: () => election !== undefined,
  });
  store.start();

  const lost = Promise.withResolvers<never>();
  const onLeading = () => {
    const read = (of: 'gateway' | 'evaluator', endpoints: () => Promise<string[]>) =>
      replicaEvidence({ of, endpoints, log });
    const { gateway, gatewayService, evaluator, evaluatorService } = options;
    const evidence = metrics.counted(read('gateway', replicaUrls(gateway, gatewayService, transport)));
    const scores =
      evaluator.length > 0 || evaluatorService !== undefined
        ? read('evaluator', replicaUrls(evaluator, evaluatorService, transport))
        : undefined;
    controllers = startControllers({
      store,
      evidence,
      custom,
      ...(scores && { scores }),
      log,
      onPass: metrics.pass,
    });
  };
  const begin = async () => {
    await store.synced();
    election = lead(options, {
      transport,
      log,
      leastEpoch: () => highestEpoch(store),
      onLeading,
      onLost: lost.reject,
    });
    if (!options.leaderElect) onLeading();
  };
  begin().catch(lost.reject);

  await untilStopped(
    async () => {
      await controllers?.stop();
      stopMetrics();
      await election?.stop();
      await store.stop();
      await stopAdmin();
      await transport.close();
    },
    log,
    { failed: lost.promise },
  );
}

/** The highest term that any status carries: a new one must be higher, or gateways would not believe it. */
function highestEpoch(store: Store): number {
  const epochs = KIND_NAMES.flatMap((kind) =>
    store.list(kind).map(({ status }) => ('epoch' in status && status.epoch) || 0),
  );
  return Math.max(0, ...epochs);
}
