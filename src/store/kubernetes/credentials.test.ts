import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inClusterCredentials } from './credentials.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-account-'));
});
afterEach(() => rm(directory, { recursive: true }));

test("a pod's own account is read, and its token again each time", async () => {
  await writeFile(join(directory, 'namespace'), 'sluice-system\n');
  await writeFile(join(directory, 'ca.crt'), 'CA');
  await writeFile(join(directory, 'token'), 'one\n');
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const credentials = await inClusterCredentials(env, directory);
  expect(credentials.namespace).toBe('sluice-system');
  expect(await credentials.read()).toEqual({
    server: 'https://[fd00::1]:443',
    headers: { authorization: 'Bearer one' },
    tls: { ca: 'CA' },
  });
  await writeFile(join(directory, 'token'), 'two\n');
  expect((await credentials.read()).headers).toEqual({ authorization: 'Bearer two' });
});

test('a missing token is named with the remedy', async () => {
  await expect(inClusterCredentials({}, directory)).rejects.toThrow(/namespace cannot be read: give the pod/);
});
