import { memoryCounts } from './memory-counts.ts';

const HOUR = 3_600_000;
const change = (field: string, part?: number, key = 'day') => ({
  key,
  field,
  keepMs: HOUR,
  ...(part !== undefined && { part }),
});

function stage(most?: number) {
  let now = 0;
  const store = memoryCounts({ now: () => now }, most);
  return { store, wait: (ms: number) => (now += ms) };
}

test('each reads what the others have written, and its own part', async () => {
  const { store } = stage();
  expect(await store.exchange([change('a', 5)])).toEqual([{ part: 5, others: 0 }]);
  expect(await store.exchange([change('b', 3)])).toEqual([{ part: 3, others: 5 }]);
  expect(await store.exchange([change('a')])).toEqual([{ part: 5, others: 3 }]);
  expect(await store.exchange([change('c')])).toEqual([{ part: 0, others: 8 }]);
});

test('a part that is written twice counts once, and one that falls is taken as it is', async () => {
  const { store } = stage();
  await store.exchange([change('a', 5), change('a', 5), change('b', 1)]);
  await store.exchange([change('a', 2)]);
  expect(await store.exchange([change('b')])).toEqual([{ part: 1, others: 2 }]);
});

test('what a writer that has gone had spent stays for the one that comes after it', async () => {
  const { store } = stage();
  await store.exchange([change('dead.1', 7)]);
  expect(await store.exchange([change('new.1', 0)])).toEqual([{ part: 0, others: 7 }]);
});

test('sums are apart, in the order asked for, and forgotten after their time', async () => {
  const { store, wait } = stage();
  await store.exchange([change('a', 1, 'x'), change('a', 2, 'y')]);
  wait(HOUR - 1);
  expect(await store.exchange([change('b', undefined, 'y')])).toEqual([{ part: 0, others: 2 }]);
  wait(1);
  const read = await store.exchange([change('b', undefined, 'x'), change('b', undefined, 'y')]);
  expect(read.map(({ others }) => others)).toEqual([0, 2]);
});

test('of too many the one not used for longest goes', async () => {
  const { store } = stage(2);
  await store.exchange([change('a', 1, 'x'), change('a', 2, 'y')]);
  await store.exchange([change('b', undefined, 'x')]);
  await store.exchange([change('a', 3, 'z')]);
  const read = await store.exchange([change('b', undefined, 'x'), change('b', undefined, 'z')]);
  expect(read.map(({ others }) => others)).toEqual([1, 3]);
});
