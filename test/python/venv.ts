import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { type RunResult, run } from '../control-plane/run.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const REMEDY = [
  'To get the Python clients for tests: have python3 (3.10 or newer) with its modules venv and pip on PATH',
  '(Debian: `apt-get install python3-venv`), or name one in SLUICE_TEST_PYTHON; and let pip reach a package index.',
].join('\n');

/**
 * A Python that has the packages of `requirements.txt`, in the cache; made first if need be. Two runs at once make it once.
 * @returns its path
 * @throws Error, naming the remedy, where it cannot be had.
 */
export async function pythonWithClients(): Promise<string> {
  const required = await readFile(REQUIREMENTS);
  const python = process.env.SLUICE_TEST_PYTHON || 'python3';
  const { stdout: version } = await ran(python, ['-c', 'import sys; print(sys.version, sys.executable)']);
  const id = createHash('sha256').update(required).update(version).digest('hex').slice(0, 16);
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'python');
  const folder = join(root, id);
  // Written last, so that a broken install is never taken for a good one.
  const done = join(folder, 'done');
  const isDone = () =>
    access(done).then(
      () => true,
      () => false,
    );
  await mkdir(root, { recursive: true });
  await withLock(
    join(root, 'install.lock'),
    async () => {
      if (await isDone()) return;
      await rm(folder, { recursive: true, force: true });
      await ran(python, ['-m', 'venv', folder]);
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
      await ran(join(folder, 'bin/python'), ['-m', 'pip', 'install', ...quiet, '-r', REQUIREMENTS]);
      await writeFile(done, '');
    },
    (line) => void process.stderr.write(`python: ${line}\n`),
  );
  return join(folder, 'bin/python');
}

async function ran(command: string, args: readonly string[]): Promise<RunResult> {
  const came = await run(command, args).catch((error: Error) => ({
    code: -1,
    stdout: '',
    stderr: error.message,
  }));
  if (came.code === 0) return came;
  throw new Error(`${command} ${args.join(' ')}: ${came.stderr.trim()}\n${REMEDY}`);
}
