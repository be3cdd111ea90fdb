import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { archiveVersion, downloadArchive } from './archive.ts';
import { buildFromGo } from './go-build.ts';
import { withLock } from './install-lock.ts';
import { say } from './say.ts';
import { kubernetesVersion, platform } from './versions.ts';

/** The paths of the three programs that a control plane for tests is made of. */
export interface Binaries {
  apiServer: string;
  etcd: string;
  kubectl: string;
}

const remedy = [
  'To get a control plane for tests, do one of these:',
  '  - `make control-plane-binaries`, which downloads or builds it (Go 1.26 or newer, and some minutes);',
  '  - KUBEBUILDER_ASSETS=<folder with kube-apiserver, etcd and kubectl>;',
  '  - SLUICE_TEST_KUBECONFIG=<kubeconfig of a cluster that tests may write to>.',
].join('\n');

/**
 * The binaries that are on this machine: in `KUBEBUILDER_ASSETS`, or in the cache. Installs nothing, so it is quick.
 * Throws, naming the remedy, if `KUBEBUILDER_ASSETS` is set but lacks one of them, or if there are none.
 */
export async function findBinaries(): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) {
    const given = await binariesIn(assets);
    if (given) return given;
    throw new Error(`KUBEBUILDER_ASSETS: ${assets} lacks kube-apiserver, etcd or kubectl\n${remedy}`);
  }
  const cached = await findCached();
  if (cached) return cached;
  throw new Error(`no kube-apiserver, etcd and kubectl in ${cacheRoot()}\n${remedy}`);
}

/**
 * The binaries, installed into the cache first if need be: from the official envtest archive, else built from Go
 * modules. Two runs at once install them once. Throws, naming the remedy, if neither way works.
 */
export async function installBinaries(): Promise<Binaries> {
  if (process.env.KUBEBUILDER_ASSETS || (await findCached())) return findBinaries();
  await mkdir(cacheRoot(), { recursive: true });
  return withLock(join(cacheRoot(), 'install.lock'), async () => (await findCached()) ?? install());
}

async function install(): Promise<Binaries> {
  say(`trying the envtest archive v${archiveVersion}`);
  try {
    return await intoCache(archiveVersion, (directory) => downloadArchive(directory));
  } catch (error) {
    say(`no archive (${messageOf(error)}): building instead, once, about 5 minutes on two cores`);
  }
  try {
    return await intoCache(kubernetesVersion, buildFromGo);
  } catch (error) {
    throw new Error(`no archive to download, and ${messageOf(error)}\n${remedy}`, { cause: error });
  }
}

/** Fills a temporary folder and moves it into place whole, so that a broken install is never taken for a good one. */
async function intoCache(version: string, fill: (directory: string) => Promise<void>): Promise<Binaries> {
  const filling = await mkdtemp(join(cacheRoot(), 'filling-'));
  try {
    await fill(filling);
    if (!(await binariesIn(filling))) throw new Error('kube-apiserver, etcd or kubectl is missing from it');
    const final = cacheDirectory(version);
    await rm(final, { recursive: true, force: true });
    await rename(filling, final);
    say(`installed in ${final}`);
    return binaryPaths(final);
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

async function findCached(): Promise<Binaries | undefined> {
  for (const version of [kubernetesVersion, archiveVersion]) {
    const found = await binariesIn(cacheDirectory(version));
    if (found) return found;
  }
  return undefined;
}

async function binariesIn(directory: string): Promise<Binaries | undefined> {
  const paths = binaryPaths(directory);
  try {
    await Promise.all(Object.values(paths).map((path) => access(path, constants.X_OK)));
    return paths;
  } catch {
    return undefined;
  }
}

function binaryPaths(directory: string): Binaries {
  return {
    apiServer: join(directory, 'kube-apiserver'),
    etcd: join(directory, 'etcd'),
    kubectl: join(directory, 'kubectl'),
  };
}

function cacheDirectory(version: string): string {
  return join(cacheRoot(), `${version}-${platform}`);
}

function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice', 'control-plane');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
