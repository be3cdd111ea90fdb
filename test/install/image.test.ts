import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freePort } from '../../src/lib/free-port.ts';
import { run } from '../control-plane/run.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { root } from './chart.ts';
import { buildImage, type Image } from './image.ts';

let image: Image;
beforeAll(async () => {
  image = await buildImage();
  // Nothing in it may be written, as in a pod with a read-only root.
  await run('chmod', ['-R', 'a-w', image.folder]);
}, 300_000);
afterAll(() => image?.remove());

/** The image's program as its user would run it; root can become that user, anybody else stays who they are. */
function start(args: string[]) {
  const [node, main] = image.entrypoint;
  expect(node).toBe('node');
  const [uid, gid] = image.user.split(':').map(Number);
  const asUser = process.getuid?.() === 0 ? { uid: uid!, gid: gid! } : {};
  const nowhere = '/nonexistent';
  return spawn(process.execPath, [join(image.folder, main!), ...args], {
    ...asUser,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', HOME: nowhere, TMPDIR: nowhere, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the user is a number that is not root', () => {
  expect(image.user).toMatch(/^[1-9]\d+:[1-9]\d+$/);
});

test('it holds the program and what it needs, and no more', async () => {
  expect((await readdir(join(image.folder, 'app'))).sort()).toEqual(['dist', 'node_modules', 'package.json']);
  const modules = await readdir(join(image.folder, 'app/node_modules'));
  for (const tool of ['typescript', 'jest', '@biomejs', 'node', 'openai'])
    expect(modules).not.toContain(tool);
  const tests = (await readdir(join(image.folder, 'app/dist'), { recursive: true })).filter((path) =>
    path.includes('.test.'),
  );
  expect(tests).toEqual([]);
});

test('it says its version', async () => {
  const child = start(['--version']);
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(said.trim()).toBe(version);
});

test('its threads begin', async () => {
  const aside = join(image.folder, 'app/dist/gateway/privacy/aside.js');
  const look = { kinds: ['EMAIL'], custom: [], said: [{ text: 'a@example.com' }] };
  const script = `
    const { findAside } = await import(${JSON.stringify(aside)});
    console.log((await findAside(${JSON.stringify(look)}))[0].length);`;
  expect(await run(process.execPath, ['--input-type=module', '--eval', script])).toMatchObject({
    code: 0,
    stdout: '1\n',
  });
});

test.each<[string, string[]]>([
  ['gateway', ['--listen', '127.0.0.1:0']],
  ['operator', ['--gateway', 'http://127.0.0.1:1', '--no-leader-elect', '--namespace', 'nobody']],
])(
  'the %s becomes ready without a place to write to, and ends on SIGTERM',
  async (name, flags) => {
    const { kubeconfig } = await sharedControlPlane();
    const directory = await mkdtemp(join(tmpdir(), 'sluice-kubeconfig-'));
    const mine = join(directory, 'kubeconfig');
    await copyFile(kubeconfig, mine);
    await run('chmod', ['-R', 'a+rX', directory]);
    const port = await freePort();
    const child = start([name, `--kubeconfig=${mine}`, `--admin=127.0.0.1:${port}`, ...flags]);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const ended = once(child, 'close');
    try {
      await eventually(
        () => `${name} is ready; it said ${said}`,
        async () => {
          const answer = await request(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
          await answer?.body.dump();
          return answer?.statusCode === 200;
        },
      );
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(said).not.toMatch(/EROFS|EACCES|ENOENT|EPERM/);
    } finally {
      child.kill('SIGKILL');
      await rm(directory, { recursive: true });
    }
  },
  120_000,
);
