import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { run } from '../control-plane/run.ts';
import { platform } from '../control-plane/versions.ts';
import { downloadFromDebian } from './debian.ts';

const remedy = [
  'To get a Prometheus for tests, do one of these:',
  '  - have prometheus, 2.40 or newer, on PATH: `apt-get install prometheus`, `brew install prometheus`, …;',
  '  - SLUICE_TEST_PROMETHEUS=<path of the program>;',
  '  - let apt-get reach a Debian or Ubuntu mirror: the tests then take it from there, without root.',
].join('\n');

/**
 * The path of a Prometheus: `SLUICE_TEST_PROMETHEUS`, else the one on PATH, else one from Debian's package, which is put
 * into the cache first if need be. Two runs at once fetch it once. Throws, naming the remedy, if none can be had.
 */
export async function prometheusProgram(): Promise<string> {
  const given = process.env.SLUICE_TEST_PROMETHEUS;
  if (given) {
    if (await isProgram(given)) return given;
    throw new Error(`SLUICE_TEST_PROMETHEUS: ${given} is no program that runs\n${remedy}`);
  }
  const found = (await onPath()) ?? (await cached());
  if (found !== undefined) return found;
  await mkdir(cacheRoot(), { recursive: true });
  return withLock(join(cacheRoot(), 'install.lock'), async () => (await cached()) ?? install(), say);
}

function say(line: string): void {
  process.stderr.write(`prometheus: ${line}\n`);
}

async function install(): Promise<string> {
  // Filled and tried elsewhere and moved whole, so that a broken install is never taken for a good one.
  const filling = await mkdtemp(join(cacheRoot(), 'filling-'));
  try {
    await downloadFromDebian(filling);
    const tried = await run(join(filling, 'prometheus'), ['--version']);
    if (tried.code !== 0) throw new Error(`the program does not run here: ${tried.stderr.trim()}`);
    await rm(cacheDirectory(), { recursive: true, force: true });
    await rename(filling, cacheDirectory());
    return cachedProgram();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no Prometheus on PATH or in ${cacheRoot()}, and ${why}\n${remedy}`, { cause: error });
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

async function onPath(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const program = join(folder, 'prometheus');
    if (await isProgram(program)) return program;
  }
  return undefined;
}

async function cached(): Promise<string | undefined> {
  return (await isProgram(cachedProgram())) ? cachedProgram() : undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const cachedProgram = (): string => join(cacheDirectory(), 'prometheus');
const cacheDirectory = (): string => join(cacheRoot(), `debian-${platform}`);

function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'prometheus');
}
