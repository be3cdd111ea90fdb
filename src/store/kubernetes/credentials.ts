import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { StoreError } from '../store.ts';

/** How the API server is reached and convinced, as of now. */
export interface Access {
  /** Base URL, perhaps with a path. */
  server: string;
  /** Sent with each request: authorization and the like. Never logged. */
  headers: Record<string, string>;
  tls: {
    ca?: string;
    cert?: string;
    key?: string;
    passphrase?: string;
    servername?: string;
    rejectUnauthorized?: boolean;
  };
  /** HTTP proxy to go through. */
  proxy?: string;
}

export interface Credentials {
  /** The namespace that these credentials are at home in. */
  namespace: string;
  /** What the kubeconfig calls the user; undefined in a pod. */
  user?: string;
  /** Reads them anew: tokens and certificates rotate. Throws StoreError `Unavailable` where they cannot be had. */
  read(): Promise<Access>;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this process runs in a pod that may talk to the API server. */
export const isInCluster = (env: NodeJS.ProcessEnv = process.env): boolean =>
  Boolean(env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT);

/** The credentials of the pod's service account, without the client library: it costs 0.5 s and 135 MB to load. */
export async function inClusterCredentials(
  env: NodeJS.ProcessEnv = process.env,
  directory = SERVICE_ACCOUNT,
): Promise<Credentials> {
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`;
  const read = async (file: string) => {
    try {
      return await readFile(`${directory}/${file}`, 'utf8');
    } catch (cause) {
      throw new StoreError(
        'Unavailable',
        `${directory}/${file} cannot be read: give the pod a service account token (automountServiceAccountToken)`,
        { cause },
      );
    }
  };
  return {
    namespace: (await read('namespace')).trim(),
    async read() {
      const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
      return { server, headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    },
  };
}
