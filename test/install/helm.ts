import { readFileSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../control-plane/install-lock.ts';
import { run } from '../control-plane/run.ts';
import { platform } from '../control-plane/versions.ts';

const goModule = join(import.meta.dirname, 'go');
const helmPackage = 'helm.sh/helm/v3/cmd/helm';

const remedy = [
  'To get a Helm for tests, do one of these:',
  '  - SLUICE_TEST_HELM=<path of a Helm 3>;',
  '  - have Go 1.26 or newer on PATH, or in /usr/local/go/bin: it is then built once, about 2 minutes on two cores.',
].join('\n');

/**
 * The path of a Helm: `SLUICE_TEST_HELM`, else one built from its Go module, once, into the cache. Two runs at once build
 * it once. Throws, naming the remedy, if none can be had.
 */
export async function helmProgram(): Promise<string> {
  const given = process.env.SLUICE_TEST_HELM;
  if (given) {
    if (await isProgram(given)) return given;
    throw new Error(`SLUICE_TEST_HELM: ${given} is no program that runs\n${remedy}`);
  }
  const program = join(cacheRoot(), `${helmVersion()}-${platform}`, 'helm');
  if (await isProgram(program)) return program;
  await mkdir(cacheRoot(), { recursive: true });
  return withLock(
    join(cacheRoot(), 'install.lock'),
    async () => {
      if (!(await isProgram(program))) await install(program);
      return program;
    },
    say,
  );
}

function say(line: string): void {
  process.stderr.write(`helm: ${line}\n`);
}

async function install(program: string): Promise<void> {
  // Filled and tried elsewhere and moved whole, so that a broken build is never taken for a good one.
  const filling = await mkdtemp(join(cacheRoot(), 'filling-'));
  try {
    say(`building v${helmVersion()} from its Go module, once, about 2 minutes on two cores`);
    await build(filling);
    const tried = await run(join(filling, 'helm'), ['version', '--short']);
    if (tried.stdout.trim() !== `v${helmVersion()}`)
      throw new Error(`it does not run: ${tried.stdout}${tried.stderr}`);
    const final = join(program, '..');
    await rm(final, { recursive: true, force: true });
    await rename(filling, final);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no Helm in ${cacheRoot()}, and ${why}\n${remedy}`, { cause: error });
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

async function build(directory: string): Promise<void> {
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(), '-o', `${directory}/`];
  const env = {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/local/go/bin`,
    CGO_ENABLED: '0',
    GOWORK: 'off',
    GOFLAGS: '-mod=readonly',
  };
  const built = await run('nice', ['-n', '10', 'go', ...args, helmPackage], { cwd: goModule, env });
  if (built.code !== 0)
    throw new Error(`go build failed: ${built.stderr.trim().split('\n').slice(-12).join('\n')}`);
}

// What Helm's Makefile stamps: without it `helm template` takes itself to be of Kubernetes 1.20.
function linkerFlags(): string {
  const minor = required('k8s.io/client-go').split('.')[1];
  const chartutil = 'helm.sh/helm/v3/pkg/chartutil';
  const rules = 'helm.sh/helm/v3/pkg/lint/rules';
  const stamps = [
    `helm.sh/helm/v3/internal/version.version=v${helmVersion()}`,
    'helm.sh/helm/v3/internal/version.metadata=',
    ...[chartutil, rules].flatMap((at) => [`${at}.k8sVersionMajor=1`, `${at}.k8sVersionMinor=${minor}`]),
  ];
  return ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ');
}

const helmVersion = (): string => required('helm.sh/helm/v3');

function required(module: string): string {
  const goMod = readFileSync(join(goModule, 'go.mod'), 'utf8');
  const found = new RegExp(`^\\s${module} v(\\S+)`, 'm').exec(goMod)?.[1];
  if (found === undefined) throw new Error(`${join(goModule, 'go.mod')}: no requirement of ${module}`);
  return found;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'helm');
}
