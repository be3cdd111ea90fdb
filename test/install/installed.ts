import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../control-plane/api-server.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';

/** What an installation is called. */
export interface Installation {
  namespace: string;
  operator: string;
  gateway: string;
}

/** Both programs as they were installed: with the flags of their Deployments, and their ServiceAccounts' rights. */
export interface Installed {
  gateway: SluiceProcess;
  operator: SluiceProcess;
  gatewayUrl: string;
  /** Where each program is scraped, `host:port`. */
  admin: { gateway: string; operator: string };
  stop(): Promise<void>;
}

interface Deployment {
  spec: {
    template: {
      spec: {
        serviceAccountName: string;
        containers: { args: string[]; env: { name: string; valueFrom: unknown }[] }[];
        volumes?: { name: string; secret: { secretName: string } }[];
      };
    };
  };
}

/**
 * Starts what the Deployments of `names` would, as processes on this machine. What kubelet and the controllers of
 * Kubernetes would give them is made here: a token of their ServiceAccount each, Secrets as files, and EndpointSlices.
 */
export async function startInstalled(cluster: Cluster, names: Installation): Promise<Installed> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-installed-'));
  const { namespace } = names;
  const kubectl = async (args: string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await cluster.kubectl(
      ['--namespace', namespace, ...args],
      input === undefined ? {} : { input },
    );
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  const start = async (name: string, adminPort: number): Promise<SluiceProcess> => {
    const text = await kubectl(['get', 'deployment', name, '-o', 'json']);
    const pod = (JSON.parse(text) as Deployment).spec.template.spec;
    const [container] = pod.containers;
    const token = (await kubectl(['create', 'token', pod.serviceAccountName])).trim();
    const kubeconfig = join(directory, `${name}.kubeconfig`);
    await writeFile(kubeconfig, await kubeconfigOf(cluster, token), { mode: 0o600 });
    for (const { name: volume, secret } of pod.volumes ?? []) {
      const { data } = JSON.parse(await kubectl(['get', 'secret', secret.secretName, '-o', 'json'])) as {
        data: Record<string, string>;
      };
      for (const [key, value] of Object.entries(data))
        await writeFile(join(directory, `${volume}-${key}`), value, 'base64');
    }
    const args = container!.args.map((arg) =>
      arg
        .replace(/^--listen=.*/, '--listen=0.0.0.0:0')
        .replace(/^--admin=.*/, `--admin=0.0.0.0:${adminPort}`)
        .replace(
          /=\/etc\/sluice\/(\w+)\/(\w+)$/,
          (_all, volume, key) => `=${join(directory, `${volume}-${key}`)}`,
        ),
    );
    return startSluice([...args, `--kubeconfig=${kubeconfig}`], { POD_NAMESPACE: namespace, HOSTNAME: name });
  };

  const [gatewayAdmin, operatorAdmin] = [await freePort(), await freePort()];
  const gateway = await start(names.gateway, gatewayAdmin);
  const { url } = await gateway.logged(({ msg }) => msg === 'the gateway listens');
  await kubectl(['apply', '-f', '-'], JSON.stringify(endpointSlice(`${names.gateway}-admin`, gatewayAdmin)));
  const operator = await start(names.operator, operatorAdmin);
  return {
    gateway,
    operator,
    gatewayUrl: `http://127.0.0.1:${new URL(String(url)).port}`,
    admin: { gateway: `127.0.0.1:${gatewayAdmin}`, operator: `127.0.0.1:${operatorAdmin}` },
    async stop() {
      await Promise.all([operator.kill('SIGTERM'), gateway.kill('SIGTERM')]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The administrator's kubeconfig with another's token. JSON is YAML. */
async function kubeconfigOf(cluster: Cluster, token: string): Promise<string> {
  const config = JSON.parse(await readFile(cluster.kubeconfig, 'utf8')) as {
    users: { name: string; user: object }[];
  };
  return JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) });
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
