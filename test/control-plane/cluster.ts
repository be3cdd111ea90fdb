import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunResult, run } from './run.ts';

export interface KubectlOptions {
  /** Standard input, for `apply -f -`. */
  input?: string;
  /** The user to impersonate, such as `system:serviceaccount:default:sluice`. Default: the administrator. */
  as?: string;
}

/** A Kubernetes API that tests may write to as its administrator. */
export interface Cluster {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** The API server's base address. */
  url: string;
  /** The audit log, one JSON event a line, if one is written: see `auditEvents`. */
  auditLogPath?: string;
  /** Runs kubectl to its end, whatever its exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<RunResult>;
  /** Applies all of `crds/` and waits until they are established. Does nothing while there are none. */
  installCRDs(): Promise<void>;
  /** Creates a namespace called `prefix` and a random ending, and returns its name. */
  createNamespace(prefix: string): Promise<string>;
}

/** What it takes to reach a cluster, as one process tells another. */
export interface ClusterAddress {
  kubeconfig: string;
  url: string;
  kubectl: string;
  auditLogPath?: string;
}

const crds = join(import.meta.dirname, '../../crds');

/** The cluster at `address`. */
export function clusterAt({ kubectl: program, ...address }: ClusterAddress): Cluster {
  const env = {
    ...process.env,
    KUBECONFIG: address.kubeconfig,
    // Its caches and preferences stay beside the kubeconfig, out of the home folder.
    KUBECACHEDIR: join(dirname(address.kubeconfig), 'kubectl-cache'),
    KUBERC: 'off',
  };

  function kubectl(args: readonly string[], { input, as }: KubectlOptions = {}): Promise<RunResult> {
    const all = as === undefined ? args : ['--as', as, ...args];
    return run(program, all, { env, ...(input === undefined ? {} : { input }) });
  }

  async function succeed(args: readonly string[], options?: KubectlOptions): Promise<void> {
    const { code, stderr } = await kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`);
  }

  return {
    ...address,
    kubectl,
    async installCRDs() {
      const files = await readdir(crds).catch(() => []);
      if (!files.some((file) => file.endsWith('.yaml'))) return;
      await succeed(['apply', '--server-side', '--force-conflicts', '-f', crds]);
      await succeed(['wait', '--for=condition=Established', '--timeout=60s', '-f', crds]);
    },
    async createNamespace(prefix) {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      await succeed(['create', 'namespace', name]);
      return name;
    },
  };
}
