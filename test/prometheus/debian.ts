import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunResult, run } from '../control-plane/run.ts';

/** Programs of the package `prometheus`. */
export type Program = 'prometheus' | 'promtool';

/**
 * Puts a program of the package `prometheus` into `directory`, of the version that this Debian or Ubuntu offers. Needs
 * no root: the package is taken apart, not installed, and of what it depends on the program needs the C library only.
 * @throws Error, saying why, where it cannot be had.
 */
export async function downloadFromDebian(directory: string, program: Program): Promise<void> {
  const work = await mkdtemp(join(directory, 'apt-'));
  try {
    const first = await apt(['download', 'prometheus'], work);
    // A machine that never updated its lists knows no package: it gets lists of its own for this.
    if (first.code !== 0) await downloadWithOwnLists(work, first);
    const [file] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    if (file === undefined) throw new Error('apt-get download left no package');
    await must(run('dpkg-deb', ['-x', join(work, file), join(work, 'package')]), 'dpkg-deb -x');
    await rename(join(work, 'package/usr/bin', program), join(directory, program));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadWithOwnLists(work: string, first: RunResult): Promise<void> {
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  const own = [
    '-o',
    `Dir::State::Lists=${work}/lists`,
    '-o',
    `Dir::Cache=${work}/cache`,
    // Root's apt-get would become a user who may not write here.
    '-o',
    'APT::Sandbox::User=root',
  ];
  const because = `apt-get download prometheus: ${lastLine(first)}; then apt-get update`;
  await must(apt([...own, 'update'], work), because);
  await must(apt([...own, 'download', 'prometheus'], work), 'apt-get download prometheus');
}

async function apt(args: string[], cwd: string): Promise<RunResult> {
  const patience = ['-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::https::Timeout=15'];
  try {
    return await run('apt-get', [...patience, ...args], { cwd });
  } catch {
    throw new Error('this machine has no apt-get');
  }
}

async function must(result: Promise<RunResult>, what: string): Promise<void> {
  const ended = await result;
  if (ended.code !== 0) throw new Error(`${what}: ${lastLine(ended)}`);
}

const lastLine = ({ stderr, code }: RunResult): string =>
  stderr.trim().split('\n').at(-1) || `exit code ${code}`;
