import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/eventually.ts';
import { startRedis } from '../../test/redis/server.ts';
import { checkStoreUrl, openBudgetStore } from './budget-store.ts';

test.each([
  'redis://localhost',
  'rediss://valkey.cache:6380/2',
  'valkey://10.0.0.1:6379',
  'valkeys://[::1]:1',
])('%s is an address', (text) => {
  expect(() => checkStoreUrl(text)).not.toThrow();
});

test.each(['localhost:6379', 'http://localhost', 'redis://', 'redis://h/a', 'redis://h?x=1', 'redis:///1'])(
  '%s is none',
  (text) => {
    expect(() => checkStoreUrl(text)).toThrow('redis://HOST:PORT');
  },
);

test.each(['redis://me:planted@h', 'redis://:planted@h', 'redis://planted@h'])(
  'credentials are not taken from an address, nor said again: %s',
  (text) => {
    const refused = expect(() => checkStoreUrl(text));
    refused.toThrow('--budget-store-password-file');
    refused.not.toThrow('planted');
  },
);

test('without an address there is no store', async () => {
  expect(await openBudgetStore({})).toBeUndefined();
});

test('a password is read from its file, or from the environment; without the file there is no start', async () => {
  const server = await startRedis('planted');
  const directory = await mkdtemp(join(tmpdir(), 'sluice-budget-store-'));
  const file = join(directory, 'password');
  try {
    const options = { budgetStore: server.url, budgetStorePasswordFile: file };
    await expect(openBudgetStore(options)).rejects.toThrow(`${file}: ENOENT`);
    await writeFile(file, 'planted\n');
    for (const store of [
      await openBudgetStore(options, {}),
      await openBudgetStore({ budgetStore: server.url }, { SLUICE_BUDGET_STORE_PASSWORD: 'planted' }),
    ]) {
      const change = { key: 'k', field: 'f', keepMs: 1_000 };
      await eventually('it is let in', () => store!.exchange([change]).catch(() => undefined));
      await store!.close();
    }
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}, 60_000);
