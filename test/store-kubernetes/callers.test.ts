import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Cluster } from '../control-plane/cluster.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { eventually } from '../eventually.ts';
import { type SluiceProcess, startSluice } from '../processes/process.ts';

const KEY = 'planted-key-of-a-caller';

let cluster: Cluster;
let namespace: string;
let folder: string;
let gateway: SluiceProcess;
let url: string;
beforeAll(async () => {
  cluster = await sharedControlPlane();
  namespace = await cluster.createNamespace('callers');
  folder = await mkdtemp(join(tmpdir(), 'sluice-callers-'));
  await put([]);
  const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
  const local = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'];
  const callers = ['--caller-tokens', '--callers-file', join(folder, 'callers.yaml')];
  gateway = startSluice(['gateway', ...where, ...local, ...callers]);
  url = String((await gateway.logged(({ msg }) => msg === 'the gateway listens')).url);
}, 120_000);
afterAll(async () => {
  await gateway?.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

const put = (keys: object[]) => writeFile(join(folder, 'callers.yaml'), JSON.stringify({ keys }));

async function statusFor(credential?: string): Promise<number> {
  const headers = credential === undefined ? {} : { 'x-api-key': credential };
  const { statusCode, body } = await request(`${url}/v1/models`, { headers });
  await body.dump();
  return statusCode;
}

test('a gateway takes tokens of ServiceAccounts that were made for it, and nothing else', async () => {
  const create = (...args: string[]) => cluster.kubectl(['--namespace', namespace, 'create', ...args]);
  await create('serviceaccount', 'web');
  const { stdout } = await create('token', 'web', '--audience', 'sluice');
  await eventually('the gateway is ready', async () => (await statusFor(stdout.trim())) === 200);
  expect(await statusFor()).toBe(401);
  expect(await statusFor(`${stdout.trim()}x`)).toBe(401);
  expect(gateway.output()).not.toContain(stdout.trim().slice(-40));
});

test('keys that are added to its file are taken from then on, and those removed no more', async () => {
  expect(await statusFor(KEY)).toBe(401);
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  await put([{ name: 'desk', sha256, namespaces: [namespace] }]);
  await eventually('the key is taken', async () => (await statusFor(KEY)) === 200);
  // A mistake takes away nobody's access.
  await writeFile(join(folder, 'callers.yaml'), 'keys: planted');
  await gateway.logged(({ msg }) => msg?.startsWith("the callers' file cannot be used") === true);
  expect(await statusFor(KEY)).toBe(200);
  await put([]);
  await eventually('the key is taken no more', async () => (await statusFor(KEY)) === 401);
  expect(gateway.output()).not.toContain('planted');
}, 90_000);
