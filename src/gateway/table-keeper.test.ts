import { setImmediate as turn } from 'node:timers/promises';
import { silentLog } from '../lib/log.ts';
import { memoryStore } from '../store/memory.ts';
import type { Table } from './table.ts';
import { keepTable } from './table-keeper.ts';

test('no table is served from before what it needs is ready, and changes meanwhile are not lost', async () => {
  const store = memoryStore();
  const prepared: (() => void)[] = [];
  const swapped: Table[] = [];
  let swap = () => {};
  const keeper = keepTable({
    source: store,
    log: silentLog,
    prepare: () => new Promise((resolve) => prepared.push(resolve)),
    onSwap(table) {
      swapped.push(table);
      swap();
    },
  });
  await turn();
  expect(prepared).toHaveLength(1);
  expect(keeper.current()).toBeUndefined();
  // A change while the first table is made ready makes a second one.
  store.put({ kind: 'ModelRoute', metadata: { name: 'fast' }, spec: { backends: [] } });
  prepared[0]!();
  await turn();
  expect(keeper.current()).toBe(swapped[0]);
  const second = new Promise<void>((resolve) => {
    swap = resolve;
  });
  while (prepared.length < 2) await turn();
  expect(keeper.current()).toBe(swapped[0]);
  prepared[1]!();
  await second;
  expect(keeper.current()).toBe(swapped[1]);
  keeper.stop();
});

test('a table that cannot be made ready in time is served all the same, where there was one', async () => {
  const store = memoryStore();
  let first = true;
  let swaps = 0;
  const keeper = keepTable({
    source: store,
    log: silentLog,
    prepareMs: 10,
    prepare: () => {
      const ready = first ? Promise.resolve() : new Promise<void>(() => {});
      first = false;
      return ready;
    },
    onSwap: () => swaps++,
  });
  await turn();
  store.put({ kind: 'ModelRoute', metadata: { name: 'fast' }, spec: { backends: [] } });
  while (swaps < 2) await turn();
  keeper.stop();
});
