import { startGateway } from '../gateway/gateway.ts';
import { kubernetesSource } from '../store/kubernetes/source.ts';
import type { Address } from './address.ts';
import { type ClusterOptions, connect } from './cluster.ts';
import { readFeedbackKey } from './feedback-key.ts';
import { untilStopped } from './lifetime.ts';
import { createLog } from './log.ts';
import type { CommonOptions } from './options.ts';

export interface GatewayOptions extends CommonOptions, ClusterOptions {
  namespace?: string;
  listen: Address;
  defaultNamespace?: string;
  replica: string;
  feedbackKeyFile?: string;
}

/**
 * Serves callers from what an API server holds, until SIGTERM or SIGINT.
 * @throws Error where the feedback key cannot be read, the API server cannot be found or an address is taken.
 */
export async function serveCluster(options: GatewayOptions): Promise<void> {
  const { namespace, listen, admin, replica, defaultNamespace = namespace } = options;
  const log = createLog(options.logLevel);
  const { feedbackKeyFile } = options;
  const feedbackKey = feedbackKeyFile === undefined ? undefined : await readFeedbackKey(feedbackKeyFile);
  const transport = await connect(options);
  const source = kubernetesSource({ transport, log, ...(namespace !== undefined && { namespace }) });
  source.start();
  const gateway = await startGateway({
    source,
    log,
    listen,
    admin,
    replica,
    ...(feedbackKey && { feedbackKey }),
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  });
  await untilStopped(async () => {
    await gateway.stop();
    await source.stop();
    await transport.close();
  }, log);
}
