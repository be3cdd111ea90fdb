import { findCredentials } from '../store/kubernetes/kubeconfig.ts';
import { kubernetesTransport, type Transport, type TransportOptions } from '../store/kubernetes/transport.ts';
import { version } from './version.ts';

/** Which API server is meant; omitted: as `findCredentials` finds it. */
export interface ClusterOptions {
  kubeconfig?: string;
  context?: string;
}

/**
 * A transport to the API server that the options name.
 * @throws StoreError `Unavailable` where no credentials can be had.
 */
export async function connect(
  { kubeconfig, context }: ClusterOptions,
  options: Omit<TransportOptions, 'credentials'> = {},
): Promise<Transport> {
  const credentials = await findCredentials({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  return kubernetesTransport({ userAgent: `sluice/${version()}`, ...options, credentials });
}
