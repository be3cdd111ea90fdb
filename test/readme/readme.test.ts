import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../control-plane/api-server.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';

const root = join(import.meta.dirname, '../..');

/** The block of the README that is marked to be run. */
async function marked(name: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const block = new RegExp(`<!-- run: ${name} -->\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`README.md has no block "run: ${name}"`);
  return block;
}

/** The README's ports are taken by who knows what here: each becomes a free one, in its files too. */
async function onFreePorts(script: string): Promise<string> {
  let moved = script;
  const ports = new Map<string, number>();
  for (const port of ['18080', '8080', '9090', '9091']) {
    ports.set(port, await freePort());
    moved = moved.replaceAll(
      new RegExp(`(127\\.0\\.0\\.1|localhost):${port}\\b`, 'g'),
      `127.0.0.1:${ports.get(port)}`,
    );
  }
  const folder = 'examples/quickstart/';
  const copy = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
  for (const file of await readdir(join(root, folder))) {
    if (!file.endsWith('.yaml')) continue;
    const text = await readFile(join(root, folder, file), 'utf8');
    await writeFile(join(copy, file), text.replace(':18080/', `:${ports.get('18080')}/`));
  }
  return moved.replaceAll(folder, `${copy}/`);
}

test('the README takes a release back on a real cluster, as it stands there', async () => {
  const plane = await startControlPlane();
  const { kubectl } = await findBinaries();
  try {
    const script = `set -e\n${await onFreePorts(await marked('cluster'))}`;
    const child = spawn('bash', ['-c', script], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        KUBECONFIG: plane.kubeconfig,
        PATH: [dirname(kubectl), process.env.PATH].join(delimiter),
      },
    });
    let told = '';
    child.stdout.on('data', (chunk) => {
      told += chunk;
    });
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) {
      const { stdout } = await plane.kubectl(['get', 'prel', '-A', '-o', 'jsonpath={.items[*].status}']);
      told += `\nreleases by then: ${stdout}`;
    }
    process.kill(-child.pid!, 'SIGKILL');
    if (code !== 0) throw new Error(`the commands ended with ${code}:\n${told}`);
    expect(told).toContain('"guardrail":"refusals"');
    expect(told).toMatch(/PHASE\s+STABLE\s+CANDIDATE\s+WEIGHT\s+STEP\s+AGE/);
    expect(told).toMatch(/support-triage\s+RolledBack/);
  } finally {
    await plane.stop();
  }
}, 480_000);
