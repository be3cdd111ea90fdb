import { readFile } from 'node:fs/promises';
import { eventually } from '../../../test/eventually.ts';
import { startRedis, type TestRedis } from '../../../test/redis/server.ts';
import type { CountStore } from '../counts.ts';
import { redisCounts } from './counts.ts';

const KEEP = 60_000;
let server: TestRedis;
let stores: CountStore[] = [];
beforeAll(async () => {
  server = await startRedis('planted-password', [`sluice on >planted ${await rightsInDocs()}`]);
}, 60_000);
afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
});
afterAll(() => server?.stop());

async function open(password = 'planted-password'): Promise<CountStore> {
  const store = await redisCounts({ url: server.url, password: async () => password });
  stores.push(store);
  return store;
}

/** The rights that docs/budgets.md says are enough. */
async function rightsInDocs(): Promise<string> {
  const page = await readFile(new URL('../../../docs/budgets.md', import.meta.url), 'utf8');
  return /^`(\+[^`]+)` will do/m.exec(page)![1]!;
}

const connected = (store: CountStore) =>
  eventually(
    () => 'the store answers',
    () =>
      store.exchange([]).then(
        () => true,
        () => false,
      ),
  );

test('a sum is what all writers wrote last, whoever reads it and however often it was written', async () => {
  const [a, b] = [await open(), await open()];
  await Promise.all([connected(a), connected(b)]);
  const write = (store: CountStore, field: string, part?: number) =>
    store.exchange([{ key: 'sum', field, keepMs: KEEP, ...(part !== undefined && { part }) }]);
  expect(await write(a, 'a', 5)).toEqual([{ part: 5, others: 0 }]);
  expect(await write(a, 'a', 5)).toEqual([{ part: 5, others: 0 }]);
  expect(await write(b, 'b', 7)).toEqual([{ part: 7, others: 5 }]);
  expect(await write(a, 'a', 4)).toEqual([{ part: 4, others: 7 }]);
  expect(await write(b, 'b')).toEqual([{ part: 7, others: 4 }]);
});

test('several sums are read in one go, each by itself, and one that is not there is 0', async () => {
  const store = await open();
  await connected(store);
  const read = await store.exchange([
    { key: 'one', field: 'f', part: 1, keepMs: KEEP },
    { key: 'none', field: 'f', keepMs: KEEP },
    { key: 'two', field: 'f', part: 2, keepMs: KEEP },
  ]);
  expect(read.map(({ part }) => part)).toEqual([1, 0, 2]);
});

test('a sum goes some time after its last use', async () => {
  const store = await open();
  await connected(store);
  await store.exchange([{ key: 'short', field: 'f', part: 1, keepMs: 20 }]);
  await eventually(
    () => 'it has gone',
    async () => {
      // Reading keeps it: so it is looked for after it had the time to go.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [read] = await store.exchange([{ key: 'short', field: 'f', keepMs: 20 }]);
      return read?.part === 0;
    },
  );
});

test('a wrong password says so, and not which', async () => {
  const store = await open('another-planted-password');
  const words = () => store.exchange([]).catch((error: Error) => error.message);
  await eventually(
    () => 'it says what is wrong',
    async () => /WRONGPASS|invalid password/.test(String(await words())),
  );
  expect(await words()).not.toContain('planted');
});

test('a user with the rights that the docs name can do all that is needed, and nothing else', async () => {
  const store = await redisCounts({ url: server.url, username: 'sluice', password: async () => 'planted' });
  stores.push(store);
  await connected(store);
  const change = (key: string) => store.exchange([{ key, field: 'f', part: 3, keepMs: KEEP }]);
  expect(await change('sluice/day/x')).toEqual([{ part: 3, others: 0 }]);
  await expect(change('others')).rejects.toThrow('NOPERM');
});

test('a server that is killed is missed at once, and spoken to again when it is back, empty', async () => {
  const store = await open();
  await connected(store);
  await store.exchange([{ key: 'kept', field: 'f', part: 1, keepMs: KEEP }]);
  await server.kill();
  await eventually(
    () => 'it is missed',
    () =>
      store.exchange([]).then(
        () => false,
        () => true,
      ),
  );
  await server.start();
  await connected(store);
  expect(await store.exchange([{ key: 'kept', field: 'f', keepMs: KEEP }])).toEqual([{ part: 0, others: 0 }]);
});
