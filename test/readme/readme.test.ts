import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../../src/lib/free-port.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { root } from '../install/chart.ts';
import { kubectlOf } from '../install/checked.ts';
import { helmProgram } from '../install/helm.ts';
import { type Installed, startInstalled } from '../install/installed.ts';
import { type Pod, startPod } from '../install/pod.ts';

let plane: ControlPlane;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
  // Helm may have to be built first.
  await symlink(await helmProgram(), join(directory, 'helm'));
  plane = await startControlPlane();
}, 900_000);
afterAll(async () => {
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The block of the README that is marked to be run. */
async function marked(name: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const block = new RegExp(`<!-- run: ${name} -->\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`README.md has no block "run: ${name}"`);
  return block;
}

/** Replaces what must be there, once. */
function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`the README's commands or its files no longer say ${what}`);
  return text.replaceAll(what, by);
}

/** The examples with an address that can be reached where no cluster resolves names. */
async function examplesWith(simulatorPort: number): Promise<void> {
  await cp(join(root, 'examples'), join(directory, 'examples'), { recursive: true });
  const file = join(directory, 'examples/kustomization.yaml');
  const text = await readFile(file, 'utf8');
  const address = 'simulator.support.svc.cluster.local:8080';
  await writeFile(file, replaced(text, address, `127.0.0.1:${simulatorPort}`));
}

const exists = async (namespace: string, deployment: string) =>
  (await plane.kubectl(['-n', namespace, 'get', 'deployment', deployment])).code === 0;

/** Says of a Deployment what its controller would say of one whose pods are ready. */
async function available(namespace: string, deployment: string): Promise<void> {
  const status = { conditions: [{ type: 'Available', status: 'True' }] };
  const patch = JSON.stringify({ status });
  await kubectlOf(plane, [
    ...['-n', namespace, 'patch', 'deployment', deployment],
    ...['--subresource=status', '--type=merge', '-p', patch],
  ]);
}

/** Starts, as nodes would, what the commands install. */
async function asNodes(ports: { gateway: number; simulator: number }, running: Running): Promise<void> {
  await eventually('the chart is installed', () => exists('sluice-system', 'sluice-gateway'), 120_000, 250);
  running.installed = await startInstalled(plane, {
    namespace: 'sluice-system',
    operator: 'sluice-operator',
    gateway: 'sluice-gateway',
    evaluator: 'sluice-evaluator',
    gatewayPort: ports.gateway,
  });
  for (const each of ['operator', 'gateway', 'evaluator']) await available('sluice-system', `sluice-${each}`);
  await eventually('the simulator is applied', () => exists('support', 'simulator'), 120_000, 250);
  running.simulator = await startPod(
    plane,
    { namespace: 'support', name: 'simulator' },
    { listen: ports.simulator },
  );
  await available('support', 'simulator');
}

interface Running {
  installed?: Installed;
  simulator?: Pod;
}

test('the newcomer: installed with Helm, a release taken back and let in again, as the README has it', async () => {
  const ports = { gateway: await freePort(), simulator: await freePort() };
  await examplesWith(ports.simulator);
  await symlink(join(root, 'charts'), join(directory, 'charts'));
  // There is no pod to forward a port to: the gateway has the port already.
  const forward = 'kubectl -n sluice-system port-forward svc/sluice-gateway 8080:80 &';
  const commands = replaced(replaced(await marked('helm'), forward, ''), ':8080/', `:${ports.gateway}/`);

  const running: Running = {};
  const { kubectl } = await findBinaries();
  const child = spawn('bash', ['-c', `set -e\n${commands}`], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      KUBECONFIG: plane.kubeconfig,
      HELM_CACHE_HOME: directory,
      HELM_CONFIG_HOME: directory,
      HELM_DATA_HOME: directory,
      PATH: [directory, dirname(kubectl), process.env.PATH].join(delimiter),
    },
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (told += chunk));
  try {
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const nodes = asNodes(ports, running);
    // Nodes that fail end the test at once; they are done long before the commands.
    const [code] = await Promise.race([exit, nodes.then(() => exit)]);
    if (code !== 0) {
      const { stdout } = await plane.kubectl([
        'get',
        'prel,mroute,mprov',
        '-A',
        '-o',
        'jsonpath={.items[*].status}',
      ]);
      throw new Error(
        `the commands ended with ${code}:\n${told}\nby then: ${stdout}\n${running.installed?.operator.output().slice(-2000)}`,
      );
    }
  } finally {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
    await running.simulator?.stop();
    await running.installed?.stop();
  }
  expect(told).toMatch(/support-triage\s+RolledBack/);
  expect(told).toMatch(/\d+ of \d+ refused, stable \d+ of \d+/);
  expect(told).toMatch(
    /kubectl -n support annotate --overwrite promptreleases support-triage sluice.dev\/retry=/,
  );
  expect(told.trim()).toMatch(/support-triage\s+Progressing\s+support-triage-\w+\s+support-triage-\w+\s.*$/);
}, 600_000);
