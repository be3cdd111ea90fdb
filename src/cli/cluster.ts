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
export const connect = async (
  cluster: ClusterOptions,
  options: Omit<TransportOptions, 'credentials'> = {},
): Promise<Transport> => (await connectAs(cluster, options)).transport;

/** As `connect`, and what the kubeconfig calls the user; undefined in a pod. */
export async function connectAs(
  { kubeconfig, context }: ClusterOptions,
  options: Omit<TransportOptions, 'credentials'> = {},
): Promise<{ transport: Transport; user: string | undefined }> {
  const credentials = await findCredentials({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  const transport = kubernetesTransport({ userAgent: `sluice/${version()}`, ...options, credentials });
  return { transport, user: credentials.user };
}
