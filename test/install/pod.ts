import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';
import { kubectlOf } from './checked.ts';

/** A Deployment's one pod, as a process on this machine. */
export interface Pod {
  process: SluiceProcess;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Where the program listens instead of where its flags say. */
export interface Ports {
  listen: number;
  admin?: number;
}

interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  containers: { args: string[]; volumeMounts?: { name: string; mountPath: string }[] }[];
  volumes?: { name: string; secret?: { secretName: string }; configMap?: { name: string } }[];
}

type Kubectl = (args: string[], input?: string) => Promise<string>;

/**
 * Starts what a Deployment runs, with its flags. What kubelet would give it is made here: a token of its
 * ServiceAccount, and Secrets and ConfigMaps as files.
 * @throws Error in kubectl's words where something that the pod names is not there.
 */
export async function startPod(
  cluster: Pick<ControlPlane, 'kubectl' | 'kubeconfig'>,
  { namespace, name }: { namespace: string; name: string },
  { listen, admin }: Ports,
): Promise<Pod> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-pod-'));
  const kubectl: Kubectl = (args, input) => kubectlOf(cluster, ['--namespace', namespace, ...args], input);
  const deployment = JSON.parse(await kubectl(['get', 'deployment', name, '-o', 'json'])) as {
    spec: { template: { spec: PodSpec } };
  };
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;
  const mounted = await mount(kubectl, pod, directory);
  const args = container!.args.map((arg) =>
    mounted(
      arg
        .replace(/^--listen=.*/, `--listen=0.0.0.0:${listen}`)
        .replace(/^--admin=.*/, `--admin=0.0.0.0:${admin}`),
    ),
  );
  if (pod.automountServiceAccountToken !== false) {
    const token = (await kubectl(['create', 'token', pod.serviceAccountName ?? 'default'])).trim();
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, await kubeconfigOf(cluster.kubeconfig, token), { mode: 0o600 });
    args.push(`--kubeconfig=${kubeconfig}`);
  }
  const process = startSluice(args, { POD_NAMESPACE: namespace, HOSTNAME: name });
  return {
    process,
    async stop() {
      await process.kill('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Writes the pod's volumes into a folder, and gives how a flag that points into one reads then. */
async function mount(
  kubectl: Kubectl,
  { containers: [container], volumes = [] }: PodSpec,
  directory: string,
): Promise<(arg: string) => string> {
  for (const { name, secret, configMap } of volumes) {
    const [kind, source, encoding] =
      secret === undefined
        ? (['configmap', configMap?.name ?? '', 'utf8'] as const)
        : (['secret', secret.secretName, 'base64'] as const);
    const { data = {} } = JSON.parse(await kubectl(['get', kind, source, '-o', 'json'])) as {
      data?: Record<string, string>;
    };
    for (const [key, value] of Object.entries(data))
      await writeFile(join(directory, `${name}-${key}`), value, encoding);
  }
  const mounts = container?.volumeMounts ?? [];
  return (arg) =>
    mounts.reduce(
      (at, { name, mountPath }) => at.replace(`=${mountPath}/`, `=${join(directory, name)}-`),
      arg,
    );
}

/** The administrator's kubeconfig with another's token. JSON is YAML. */
async function kubeconfigOf(administrators: string, token: string): Promise<string> {
  const config = JSON.parse(await readFile(administrators, 'utf8')) as {
    users: { name: string; user: object }[];
  };
  return JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) });
}
