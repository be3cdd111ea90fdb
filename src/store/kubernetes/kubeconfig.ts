import type { RequestOptions } from 'node:https';
import { messageOf } from '../../lib/log.ts';
import { StoreError } from '../store.ts';
import { type Access, type Credentials, inClusterCredentials, isInCluster } from './credentials.ts';

export interface KubeconfigOptions {
  /** Path of a kubeconfig. Default: as kubectl finds it. */
  kubeconfig?: string;
  /** Name of a context in it. Default: its current one. */
  context?: string;
}

/**
 * The credentials to use: those of the kubeconfig that is named, here or in `KUBECONFIG`; else the pod's own; else
 * those of `~/.kube/config`.
 * @throws StoreError `Unavailable` where there are none
 */
export async function findCredentials(options: KubeconfigOptions = {}): Promise<Credentials> {
  const named = options.kubeconfig || options.context || process.env.KUBECONFIG;
  return !named && isInCluster() ? inClusterCredentials() : kubeconfigCredentials(options);
}

/**
 * The credentials of a kubeconfig, with all that the client library knows: tokens, certificates, exec plugins, OIDC.
 * @throws StoreError `Unavailable` where there is no such file or context
 */
export async function kubeconfigCredentials(options: KubeconfigOptions = {}): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const unusable = (why: string, cause?: unknown) =>
    new StoreError('Unavailable', `kubeconfig: ${why}: check --kubeconfig and --context`, { cause });
  try {
    if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
  if (options.context) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw unusable(`context "${config.getCurrentContext()}" names no cluster`);
  if (cluster.proxyUrl?.startsWith('socks')) throw unusable('SOCKS proxies are not supported');

  const user = config.getCurrentUser();
  const server = cluster.server.replace(/\/+$/, '');
  return {
    namespace: config.getContextObject(config.getCurrentContext())?.namespace || 'default',
    ...(user && { user: user.name }),
    async read() {
      const given: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(given);
      } catch (error) {
        throw unusable(messageOf(error), error);
      }
      return { server, ...accessOf(given), ...(cluster.proxyUrl && { proxy: cluster.proxyUrl }) };
    },
  };
}

function accessOf(given: RequestOptions): Pick<Access, 'headers' | 'tls'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  if (given.auth) headers.authorization = `Basic ${Buffer.from(given.auth).toString('base64')}`;
  const tls: Access['tls'] = {};
  for (const name of ['ca', 'cert', 'key', 'passphrase', 'servername'] as const) {
    if (given[name] !== undefined) tls[name] = String(given[name]);
  }
  if (given.rejectUnauthorized !== undefined) tls.rejectUnauthorized = given.rejectUnauthorized;
  return { headers, tls };
}
