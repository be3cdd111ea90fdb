import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseBehaviour } from '../../src/simulator/behaviour.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';

const root = join(import.meta.dirname, '../..');

/** A script of docs/check.md, and what stands there as its output. */
async function example(name: string): Promise<{ script: string; output: string }> {
  const page = await readFile(join(root, 'docs/check.md'), 'utf8');
  const [, script, output] =
    new RegExp(`<!-- run: ${name} -->\\n\`\`\`sh\\n([^]*?)\`\`\`\\n\\n\`\`\`text\\n([^]*?)\`\`\``).exec(
      page,
    ) ?? [];
  return { script: script!, output: output! };
}

async function run(script: string): Promise<string> {
  const child = spawn('bash', ['-c', script], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  await once(child, 'close');
  return printed;
}

test('the worked example of docs/check.md prints what stands there', async () => {
  const { script, output } = await example('check');
  expect(await run(script)).toBe(output);
});

test('so does the one that asks both sides', async () => {
  const { script, output } = await example('asking');
  const behaviour = join(root, 'examples/evals/behaviour.yaml');
  const simulator = await startSimulator({
    rules: parseBehaviour(await readFile(behaviour, 'utf8'), behaviour),
    seed: 7,
  });
  const copy = await mkdtemp(join(tmpdir(), 'sluice-check-docs-'));
  try {
    await cp(join(root, 'examples/evals/manifests'), copy, { recursive: true });
    const provider = join(copy, 'provider.yaml');
    const text = await readFile(provider, 'utf8');
    await writeFile(
      provider,
      text.replace('baseURL: http://127.0.0.1:18080/v1', `baseURL: ${simulator.baseURL}`),
    );
    const manifests = relative(root, copy);
    const printed = await run(script.replaceAll('examples/evals/manifests', manifests));
    expect(printed.replaceAll(manifests, 'examples/evals/manifests')).toBe(output);
  } finally {
    await simulator.close(100);
    await rm(copy, { recursive: true });
  }
});
