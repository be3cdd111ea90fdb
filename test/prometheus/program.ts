import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { run } from '../control-plane/run.ts';
import { platform } from '../control-plane/versions.ts';
import { downloadFromDebian, type Program } from './debian.ts';

const remedy = (program: Program): string =>
  [
    `To get ${NAMES[program]} for tests, do one of these:`,
    `  - have ${program}, 2.40 or newer, on PATH: \`apt-get install prometheus\`, \`brew install prometheus\`, …;`,
    `  - ${variableOf(program)}=<path of the program>;`,
    '  - let apt-get reach a Debian or Ubuntu mirror: the tests then take it from there, without root.',
  ].join('\n');

const NAMES = { prometheus: 'a Prometheus', promtool: 'a promtool' } as const;
const variableOf = (program: Program): string => `SLUICE_TEST_${program.toUpperCase()}`;

/**
 * The path of a Prometheus: `SLUICE_TEST_PROMETHEUS`, else the one on PATH, else one from Debian's package, which is put
 * into the cache first if need be. Two runs at once fetch it once. Throws, naming the remedy, if none can be had.
 */
export const prometheusProgram = (): Promise<string> => programOf('prometheus');

/** The path of a promtool, which checks rules: found as `prometheusProgram` is, with `SLUICE_TEST_PROMTOOL`. */
export const promtoolProgram = (): Promise<string> => programOf('promtool');

async function programOf(program: Program): Promise<string> {
  const given = process.env[variableOf(program)];
  if (given) {
    if (await isProgram(given)) return given;
    throw new Error(`${variableOf(program)}: ${given} is no program that runs\n${remedy(program)}`);
  }
  const found = (await onPath(program)) ?? (await cached(program));
  if (found !== undefined) return found;
  await mkdir(cacheRoot(program), { recursive: true });
  const say = (line: string) => void process.stderr.write(`${program}: ${line}\n`);
  const lock = join(cacheRoot(program), 'install.lock');
  return withLock(lock, async () => (await cached(program)) ?? install(program), say);
}

async function install(program: Program): Promise<string> {
  // Filled and tried elsewhere and moved whole, so that a broken install is never taken for a good one.
  const filling = await mkdtemp(join(cacheRoot(program), 'filling-'));
  try {
    await downloadFromDebian(filling, program);
    const tried = await run(join(filling, program), ['--version']);
    if (tried.code !== 0) throw new Error(`the program does not run here: ${tried.stderr.trim()}`);
    await rm(cacheDirectory(program), { recursive: true, force: true });
    await rename(filling, cacheDirectory(program));
    return cachedProgram(program);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const where = `no ${program} on PATH or in ${cacheRoot(program)}`;
    throw new Error(`${where}, and ${why}\n${remedy(program)}`, { cause: error });
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

async function onPath(program: Program): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const path = join(folder, program);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function cached(program: Program): Promise<string | undefined> {
  return (await isProgram(cachedProgram(program))) ? cachedProgram(program) : undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const cachedProgram = (program: Program): string => join(cacheDirectory(program), program);
const cacheDirectory = (program: Program): string => join(cacheRoot(program), `debian-${platform}`);

function cacheRoot(program: Program): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', program);
}
