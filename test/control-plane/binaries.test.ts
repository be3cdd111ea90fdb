import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { downloadArchive } from './archive.ts';
import { findBinaries } from './binaries.ts';
import { withLock } from './install-lock.ts';
import { kubernetesVersion, platform } from './versions.ts';

const env = { ...process.env };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-binaries-'));
  process.env.XDG_CACHE_HOME = directory;
  delete process.env.KUBEBUILDER_ASSETS;
});

afterEach(async () => {
  Object.assign(process.env, env);
  if (env.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  if (env.KUBEBUILDER_ASSETS === undefined) delete process.env.KUBEBUILDER_ASSETS;
  await rm(directory, { recursive: true });
});

async function putPrograms(folder: string, names = ['kube-apiserver', 'etcd', 'kubectl']): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), '', { mode: 0o755 });
}

describe('findBinaries', () => {
  const cached = (): string => join(directory, 'sluice', 'control-plane', `${kubernetesVersion}-${platform}`);

  test('names the remedies if there are none', async () => {
    await expect(findBinaries()).rejects.toThrow(/make control-plane-binaries.*KUBEBUILDER_ASSETS/s);
  });

  test('finds those in the cache', async () => {
    await putPrograms(cached());
    expect(await findBinaries()).toMatchObject({ etcd: join(cached(), 'etcd') });
  });

  test('prefers those it was given', async () => {
    await putPrograms(cached());
    process.env.KUBEBUILDER_ASSETS = join(directory, 'given');
    await putPrograms(process.env.KUBEBUILDER_ASSETS);
    expect(await findBinaries()).toMatchObject({ etcd: join(directory, 'given', 'etcd') });
  });

  test('refuses an incomplete folder instead of passing over it', async () => {
    await putPrograms(cached());
    process.env.KUBEBUILDER_ASSETS = join(directory, 'given');
    await putPrograms(process.env.KUBEBUILDER_ASSETS, ['kube-apiserver', 'etcd']);
    await expect(findBinaries()).rejects.toThrow(/KUBEBUILDER_ASSETS: .*given lacks/);
  });
});

describe('downloadArchive', () => {
  let server: Server;

  async function serve(answer: RequestListener): Promise<string> {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterEach(() => server.close());

  test('unpacks nothing that is not what was published', async () => {
    const url = await serve((_request, response) => response.end('something else'));
    await expect(downloadArchive(directory, url)).rejects.toThrow(/sha512/);
    expect(await readdir(directory)).toEqual([]);
  });

  test('says what the server answered instead', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    await expect(downloadArchive(directory, url)).rejects.toThrow(/answered 404/);
  });
});

describe('withLock', () => {
  test('lets one work at a time', async () => {
    const path = join(directory, 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await turn();
      inside -= 1;
    };
    await Promise.all([withLock(path, work), withLock(path, work), withLock(path, work)]);
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  test('takes over from a process that died', async () => {
    const path = join(directory, 'lock');
    // No process has this number: it is above what Linux and macOS give.
    await writeFile(path, '99999999');
    expect(await withLock(path, async () => 'done')).toBe('done');
  });

  test('lets go when the work fails', async () => {
    const path = join(directory, 'lock');
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, async () => 'done')).toBe('done');
  });
});
