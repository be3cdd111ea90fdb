import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type RunResult, run } from '../control-plane/run.ts';

const source = join(import.meta.dirname, '../../src/cli');

/** Runs `sluice <args>` to its end, as a process of its own and without a terminal. */
export const sluice = (...args: string[]): Promise<RunResult> =>
  run(process.execPath, [join(source, 'main.ts'), ...args], { env: { ...process.env, NODE_OPTIONS: '' } });

/** Puts a program named `kubectl-sluice` onto this process's PATH, as krew would. Returns its folder. */
export async function installPlugin(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-plugin-'));
  const program = join(folder, 'kubectl-sluice');
  const main = join(source, 'kubectl-sluice.ts');
  await writeFile(program, `#!/bin/sh\nNODE_OPTIONS= exec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(program, 0o755);
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
  return folder;
}
