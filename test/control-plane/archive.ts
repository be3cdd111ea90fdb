import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { run } from './run.ts';
import { platform } from './versions.ts';

/** The version of the published envtest archive, without `v`: the newest patch of the same minor that there is. */
export const archiveVersion = '1.36.2';

// From envtest-releases.yaml of kubernetes-sigs/controller-tools.
const sha512: Record<string, string> = {
  'darwin-amd64':
    'b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbef8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514',
  'darwin-arm64':
    '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
  'linux-amd64':
    'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
  'linux-arm64':
    '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
};

const published = 'https://github.com/kubernetes-sigs/controller-tools/releases/download';

/**
 * Puts the official envtest binaries into `directory`. Gives up on a connection after 4 s, as on a closed
 * network; throws, saying why, if they cannot be had or are not what was published.
 */
export async function downloadArchive(directory: string, releases = published): Promise<void> {
  const expected = sha512[platform];
  if (expected === undefined) throw new Error(`no archive is known for ${platform}`);
  const archive = await download(
    `${releases}/envtest-v${archiveVersion}/envtest-v${archiveVersion}-${platform}.tar.gz`,
  );
  const actual = createHash('sha512').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`the archive's sha512 is ${actual}, not ${expected}`);

  const file = join(directory, 'archive.tar.gz');
  await writeFile(file, archive);
  // The binaries lie two folders deep, in controller-tools/envtest/.
  const unpacked = await run('tar', ['-xzf', file, '-C', directory, '--strip-components=2']);
  await rm(file);
  if (unpacked.code !== 0) throw new Error(`tar could not unpack the archive: ${unpacked.stderr.trim()}`);
}

async function download(url: string): Promise<Buffer> {
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: 4000 } });
  try {
    const response = await fetch(url, { dispatcher });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw cause instanceof Error ? cause : new Error(String(cause));
  } finally {
    await dispatcher.close();
  }
}
