import { manualTimers, settle } from '../../lib/manual-timers.ts';
import { memory } from './memory.ts';

/** A memory, and a source that counts how often it is loaded and answers when it is told to. */
function setUp(most = 10) {
  const timers = manualTimers();
  const kept = memory<string>({ freshMs: 5_000, keptMs: 30_000, patienceMs: 500, most, timers });
  const loads: PromiseWithResolvers<string>[] = [];
  const get = (key = 'a') =>
    kept.get(key, () => {
      const load = Promise.withResolvers<string>();
      loads.push(load);
      return load.promise;
    });
  return { timers, kept, loads, get };
}

test('all who ask at a time share one load', async () => {
  const { loads, get } = setUp();
  const both = Promise.all([get(), get()]);
  loads[0]!.resolve('one');
  expect(await both).toEqual(['one', 'one']);
  expect(loads).toHaveLength(1);
});

test('a value serves for five seconds, and then while the next is loaded', async () => {
  const { timers, loads, get } = setUp();
  const first = get();
  loads[0]!.resolve('one');
  expect(await first).toBe('one');
  await timers.advance(4_999);
  expect(await get()).toBe('one');
  expect(loads).toHaveLength(1);
  await timers.advance(1);
  expect(await get()).toBe('one');
  expect(await get()).toBe('one');
  expect(loads).toHaveLength(2);
  loads[1]!.resolve('two');
  await settle();
  expect(await get()).toBe('two');
});

test('a value of half a minute ago is not given: what was counted since might be taken for new', async () => {
  const { timers, loads, get } = setUp();
  const first = get();
  loads[0]!.resolve('one');
  await first;
  await timers.advance(30_000);
  const second = get();
  loads[1]!.resolve('two');
  expect(await second).toBe('two');
});

test('nobody waits longer than half a second from the beginning of a load', async () => {
  const { timers, loads, get } = setUp();
  const first = get();
  await timers.advance(499);
  const second = get();
  await timers.advance(1);
  expect(await Promise.all([first, second, get()])).toEqual([undefined, undefined, undefined]);
  expect(loads).toHaveLength(1);
  loads[0]!.resolve('late');
  await settle();
  expect(await get()).toBe('late');
});

test('what is old or asked for least lately is forgotten', async () => {
  const { timers, kept, loads, get } = setUp(2);
  const load = async (key: string) => {
    const value = get(key);
    loads.at(-1)!.resolve(key);
    await value;
  };
  await load('a');
  await load('b');
  await get('a');
  await load('c');
  expect(kept.size()).toBe(2);
  await get('a');
  expect(loads).toHaveLength(3);
  await timers.advance(30_000);
  await load('d');
  expect(kept.size()).toBe(1);
});
