import { networkInterfaces } from 'node:os';
import { freePort } from '../../src/lib/free-port.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import type { SluiceProcess } from '../processes/process.ts';
import { kubectlOf } from './checked.ts';
import { startPod } from './pod.ts';

/** What an installation is called. */
export interface Installation {
  namespace: string;
  operator: string;
  gateway: string;
  /** Left out: it is not started. */
  evaluator?: string;
  /** Where the gateway listens. Default: a free port. */
  gatewayPort?: number;
}

/** The programs as they were installed: with the flags of their Deployments, and their ServiceAccounts' rights. */
export interface Installed {
  gateway: SluiceProcess;
  operator: SluiceProcess;
  evaluator?: SluiceProcess;
  gatewayUrl: string;
  /** Where each program is scraped, `host:port`. */
  admin: { gateway: string; operator: string; evaluator?: string };
  stop(): Promise<void>;
}

/**
 * Starts what the Deployments of `names` would, as processes on this machine, and makes the gateway's EndpointSlice,
 * as the controllers of Kubernetes would.
 */
export async function startInstalled(cluster: Cluster, names: Installation): Promise<Installed> {
  const { namespace, gatewayPort = await freePort() } = names;
  const [gatewayAdmin, operatorAdmin] = [await freePort(), await freePort()];
  const gateway = await startPod(
    cluster,
    { namespace, name: names.gateway },
    { listen: gatewayPort, admin: gatewayAdmin },
  );
  await gateway.process.logged(({ msg }) => msg === 'the gateway listens');
  const slice = JSON.stringify(endpointSlice(`${names.gateway}-admin`, gatewayAdmin));
  await kubectlOf(cluster, ['--namespace', namespace, 'apply', '-f', '-'], slice);
  const operator = await startPod(
    cluster,
    { namespace, name: names.operator },
    { listen: 0, admin: operatorAdmin },
  );
  const evaluatorAdmin = await freePort();
  const evaluator =
    names.evaluator === undefined
      ? undefined
      : await startPod(cluster, { namespace, name: names.evaluator }, { listen: 0, admin: evaluatorAdmin });
  return {
    gateway: gateway.process,
    operator: operator.process,
    ...(evaluator && { evaluator: evaluator.process }),
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    admin: {
      gateway: `127.0.0.1:${gatewayAdmin}`,
      operator: `127.0.0.1:${operatorAdmin}`,
      ...(evaluator && { evaluator: `127.0.0.1:${evaluatorAdmin}` }),
    },
    async stop() {
      await Promise.all([operator.stop(), gateway.stop(), evaluator?.stop()]);
    },
  };
}

/** What the endpoints controller would make of one ready pod behind the Service. */
function endpointSlice(service: string, port: number): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: service, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ownAddress()], conditions: { ready: true } }],
    ports: [{ name: 'admin', port, protocol: 'TCP' }],
  };
}

/** An address of this machine that an EndpointSlice may have: not loopback. */
function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no IPv4 address but loopback');
  return found.address;
}
