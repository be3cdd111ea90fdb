import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/lib/free-port.ts';
import { servingCertificate, startApiServer } from './api-server.ts';
import { writeAuditPolicy } from './audit-log.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Cluster, type ClusterAddress, clusterAt } from './cluster.ts';
import { writeCredentials, writeKubeconfig } from './credentials.ts';
import { etcdAddress, startEtcd as etcdIn } from './etcd.ts';

export interface ControlPlaneOptions {
  /** Writes an audit log of all requests: see `auditLogPath`. Default: no. */
  auditLog?: boolean;
}

/** A control plane of the test's own, which it may also break. */
export interface ControlPlane extends Cluster {
  /** What another process needs to use it. */
  address: ClusterAddress;
  /** Kills the API server. Its data stay. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again, with the same port, data and certificate, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Kills etcd. Its data stay. */
  stopEtcd(): Promise<void>;
  /** Starts etcd again with the same data. */
  startEtcd(): Promise<void>;
  /** Ends everything and removes all files. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver on loopback, with RBAC, and without any controller: nothing collects garbage, a
 * deleted namespace does not go away, and the roles `view`, `edit` and `admin` are empty, for they are aggregated. Resolves when it is ready, after about 4 s. It ends with this process at the
 * latest and leaves nothing behind. Throws, naming the remedy, if the binaries are not installed.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
  try {
    return await startIn(directory, binaries, options);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  directory: string,
  binaries: Binaries,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const credentials = await writeCredentials(directory);
  const port = await freePort();
  const audit = { policy: join(directory, 'audit-policy.json'), log: join(directory, 'audit.log') };
  await writeAuditPolicy(audit.policy);
  const apiServerOptions = {
    program: binaries.apiServer,
    directory,
    port,
    etcd: etcdAddress(directory),
    credentials,
    audit: options.auditLog ? audit : undefined,
  };

  let etcd = etcdIn(binaries.etcd, directory);
  let apiServer = await startApiServer(apiServerOptions).catch(async (error) => {
    await etcd.kill();
    throw new Error(`the control plane did not start: ${error.message}\netcd: ${etcd.lastWords()}`);
  });

  const url = `https://127.0.0.1:${port}`;
  const kubeconfig = join(directory, 'kubeconfig');
  const certificate = await readFile(servingCertificate(directory), 'utf8');
  await writeKubeconfig(kubeconfig, { url, certificate, token: credentials.adminToken });

  const address: ClusterAddress = {
    kubeconfig,
    url,
    kubectl: binaries.kubectl,
    ...(options.auditLog ? { auditLogPath: audit.log } : {}),
  };
  return {
    ...clusterAt(address),
    address,
    stopApiServer: () => apiServer.kill(),
    async startApiServer() {
      if (!apiServer.isRunning()) apiServer = await startApiServer(apiServerOptions);
    },
    stopEtcd: () => etcd.kill(),
    async startEtcd() {
      if (!etcd.isRunning()) etcd = etcdIn(binaries.etcd, directory);
    },
    async stop() {
      await apiServer.kill();
      await etcd.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
