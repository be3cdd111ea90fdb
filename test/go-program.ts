import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './control-plane/install-lock.ts';
import { run } from './control-plane/run.ts';
import { platform } from './control-plane/versions.ts';

/** A program that tests build from a Go module, once. */
export interface GoProgram {
  /** What the binary is called. */
  name: string;
  /** The Go module's folder. */
  directory: string;
  /** Another version is another build. */
  version: string;
  /** The package to build. */
  package: string;
  linkerFlags: string[];
  /** The variable that names one that is there already. */
  variable: string;
  /** How long the build takes on two cores, in words. */
  takes: string;
}

/**
 * The path of the program: what its variable names, else the one in the cache, which is built first if need be. Two runs
 * at once build it once. Throws, naming the remedy, if none can be had.
 */
export async function goProgram(program: GoProgram): Promise<string> {
  const { name, variable } = program;
  const given = process.env[variable];
  if (given) {
    if (await isProgram(given)) return given;
    throw new Error(`${variable}: ${given} is no program that runs\n${remedy(program)}`);
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', name);
  const path = join(cache, `${program.version}-${platform}`, name);
  if (await isProgram(path)) return path;
  await mkdir(cache, { recursive: true });
  const say = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  const work = async () => {
    if (await isProgram(path)) return path;
    say(`building it from its Go module, once, ${program.takes} on two cores`);
    await install(program, cache, path);
    return path;
  };
  return withLock(join(cache, 'install.lock'), work, say);
}

const remedy = ({ name, variable, takes }: GoProgram): string =>
  [
    `To get ${name} for tests, do one of these:`,
    `  - ${variable}=<path of the program>;`,
    `  - have Go 1.26 or newer on PATH, or in /usr/local/go/bin: it is then built once, ${takes} on two cores.`,
  ].join('\n');

async function install(program: GoProgram, cache: string, path: string): Promise<void> {
  // Built elsewhere and moved whole, so that a broken build is never taken for a good one.
  const filling = await mkdtemp(join(cache, 'filling-'));
  try {
    await build(program, join(filling, program.name));
    const final = join(path, '..');
    await rm(final, { recursive: true, force: true });
    await rename(filling, final);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no ${program.name} in ${cache}, and ${why}\n${remedy(program)}`, { cause: error });
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

async function build(program: GoProgram, path: string): Promise<void> {
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...program.linkerFlags].join(' ')];
  const env = {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/local/go/bin`,
    CGO_ENABLED: '0',
    GOWORK: 'off',
    GOFLAGS: '-mod=readonly',
  };
  // Whoever else works on this machine goes first.
  const args = ['-n', '10', 'go', 'build', ...flags, '-o', path, program.package];
  const built = await run('nice', args, { cwd: program.directory, env });
  if (built.code === 0) return;
  throw new Error(`go build failed: ${built.stderr.trim().split('\n').slice(-12).join('\n')}`);
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
