import { constants } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { run } from '../control-plane/run.ts';
import { platform } from '../control-plane/versions.ts';
import { withDebianPackages } from '../debian.ts';

const REMEDY = [
  'To get a Valkey or Redis for tests, do one of these:',
  '  - have valkey-server or redis-server, 7.0 or newer, on PATH: `apt-get install redis-server`, `brew install valkey`, …;',
  '  - SLUICE_TEST_REDIS=<path of the program>;',
  '  - let apt-get reach a Debian or Ubuntu mirror: the tests then take it from there, without root.',
].join('\n');

/** How the server is started: the program, and where its libraries are, if not where the system's are. */
export interface RedisProgram {
  path: string;
  libraries?: string;
}

/** The package that holds the server, by another name, and what it links that not every machine has. */
const PACKAGES = ['redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'];

/**
 * A server: `SLUICE_TEST_REDIS`, else the one on PATH, else Debian's, which is put into the cache first if need be. Two runs
 * at once fetch it once.
 * @throws Error, naming the remedy, where none can be had.
 */
export async function redisProgram(): Promise<RedisProgram> {
  const given = process.env.SLUICE_TEST_REDIS;
  if (given) {
    if (await isProgram(given)) return { path: given };
    throw new Error(`SLUICE_TEST_REDIS: ${given} is no program that runs\n${REMEDY}`);
  }
  const found = (await onPath()) ?? (await cached());
  if (found !== undefined) return found;
  await mkdir(cacheRoot(), { recursive: true });
  const say = (line: string) => void process.stderr.write(`redis: ${line}\n`);
  return withLock(join(cacheRoot(), 'install.lock'), async () => (await cached()) ?? install(), say);
}

async function install(): Promise<RedisProgram> {
  // Filled and tried elsewhere and moved whole, so that a broken install is never taken for a good one.
  const filling = await mkdtemp(join(cacheRoot(), 'filling-'));
  try {
    await withDebianPackages(filling, PACKAGES, (unpacked) => take(unpacked, filling));
    const env = { ...process.env, LD_LIBRARY_PATH: join(filling, 'lib') };
    const tried = await run(join(filling, 'redis-server'), ['--version'], { env });
    if (tried.code !== 0) throw new Error(`the program does not run here: ${tried.stderr.trim()}`);
    await rm(cacheDirectory(), { recursive: true, force: true });
    await rename(filling, cacheDirectory());
    return inCache();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const where = `no valkey-server or redis-server on PATH or in ${cacheRoot()}`;
    throw new Error(`${where}, and ${why}\n${REMEDY}`, { cause: error });
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

/** Of the packages the server, which goes by the name that it was started with, and the libraries. */
async function take(unpacked: string, to: string): Promise<void> {
  await copyFile(join(unpacked, 'usr/bin/redis-check-rdb'), join(to, 'redis-server'));
  await mkdir(join(to, 'lib'));
  const files = await readdir(join(unpacked, 'usr/lib'), { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of files) {
    if (/\.so\.\d+$/.test(name)) await copyFile(join(parentPath, name), join(to, 'lib', name));
  }
}

async function onPath(): Promise<RedisProgram | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of ['valkey-server', 'redis-server']) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isProgram(path)) return { path };
    }
  }
  return undefined;
}

async function cached(): Promise<RedisProgram | undefined> {
  return (await isProgram(inCache().path)) ? inCache() : undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const inCache = (): RedisProgram => ({
  path: join(cacheDirectory(), 'redis-server'),
  libraries: join(cacheDirectory(), 'lib'),
});
const cacheDirectory = (): string => join(cacheRoot(), `debian-${platform}`);

function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'redis');
}
