import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunResult, run } from './control-plane/run.ts';

/**
 * Takes packages apart, of the versions that this Debian or Ubuntu offers, into a folder under `directory` that is gone once
 * `use` has ended. Needs no root: nothing is installed, and nothing that they depend on comes along.
 * @throws Error, saying why, where one cannot be had.
 */
export async function withDebianPackages<T>(
  directory: string,
  packages: readonly string[],
  use: (unpacked: string) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(directory, 'apt-'));
  try {
    const first = await apt(['download', ...packages], work);
    // A machine that never updated its lists knows no package: it gets lists of its own for this.
    if (first.code !== 0) await downloadWithOwnLists(work, packages, first);
    const files = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    if (files.length === 0) throw new Error('apt-get download left no package');
    const unpacked = join(work, 'package');
    for (const file of files) await must(run('dpkg-deb', ['-x', join(work, file), unpacked]), 'dpkg-deb -x');
    return await use(unpacked);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadWithOwnLists(
  work: string,
  packages: readonly string[],
  first: RunResult,
): Promise<void> {
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
  const download = `apt-get download ${packages.join(' ')}`;
  const because = `${download}: ${lastLine(first)}; then apt-get update`;
  await must(apt([...own, 'update'], work), because);
  await must(apt([...own, 'download', ...packages], work), download);
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
