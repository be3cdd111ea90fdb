import { manualTimers, settle } from './manual-timers.ts';
import { keyQueue, type QueueOptions } from './queue.ts';

/** A queue whose work lasts until `finish(key)`. */
function heldQueue(options: QueueOptions = {}) {
  const timers = manualTimers();
  const started: { key: string; at: number }[] = [];
  const open = new Map<string, () => void>();
  const queue = keyQueue(
    (key) => {
      started.push({ key, at: timers.now() });
      expect(open.has(key)).toBe(false);
      return new Promise((resolve) => open.set(key, resolve));
    },
    { timers, ...options },
  );
  const finish = async (key: string) => {
    const done = open.get(key)!;
    open.delete(key);
    done();
    await settle();
  };
  return { timers, queue, started, finish, keys: () => started.map(({ key }) => key) };
}

/** A queue whose work ends at once. */
function quickQueue(options: QueueOptions = {}) {
  const timers = manualTimers();
  const runs: [string, number][] = [];
  const queue = keyQueue(async (key) => void runs.push([key, timers.now()]), { timers, ...options });
  return { timers, queue, runs };
}

test('a key added many times waits once', async () => {
  const { queue, keys, finish } = heldQueue({ workers: 1 });
  for (const key of ['a', 'b', 'b', 'c', 'b']) queue.add(key);
  await settle();
  expect(keys()).toEqual(['a']);
  expect(queue.depth()).toBe(2);
  for (const key of ['a', 'b', 'c']) await finish(key);
  expect(keys()).toEqual(['a', 'b', 'c']);
  expect(queue.idle()).toBe(true);
});

test('a key added while it is worked on runs once more after, never at the same time', async () => {
  const { queue, keys, finish } = heldQueue({ workers: 4 });
  queue.add('a');
  await settle();
  queue.add('a');
  queue.add('a');
  await settle();
  expect(keys()).toEqual(['a']);
  await finish('a');
  expect(keys()).toEqual(['a', 'a']);
  await finish('a');
  expect(keys()).toEqual(['a', 'a']);
});

test('no more keys than workers are worked on at a time', async () => {
  const { queue, keys, finish } = heldQueue({ workers: 2 });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await settle();
  expect(keys()).toEqual(['a', 'b']);
  await finish('b');
  expect(keys()).toEqual(['a', 'b', 'c']);
});

test('the earliest appointment counts and is kept to the millisecond', async () => {
  const { queue, runs, timers } = quickQueue();
  queue.addAfter('a', 5_000);
  queue.addAfter('a', 1_234);
  queue.addAfter('a', 9_000);
  await timers.advance(20_000);
  expect(runs).toEqual([['a', 1_234]]);
});

test('a run voids the appointments made before it, not those made during it', async () => {
  const { queue, started, finish, timers } = heldQueue();
  queue.addAfter('a', 1_000);
  queue.add('a');
  await settle();
  queue.addAfter('a', 3_000);
  await finish('a');
  await timers.advance(10_000);
  expect(started.map(({ at }) => at)).toEqual([0, 3_000]);
});

test('a timer that fires early does not make the key run early', async () => {
  const manual = manualTimers();
  const runs: number[] = [];
  const early = { ...manual, after: (ms: number, run: () => void) => manual.after(Math.ceil(ms / 2), run) };
  const queue = keyQueue(async () => void runs.push(manual.now()), { timers: early });
  queue.addAfter('a', 1_000);
  await manual.advance(2_000);
  expect(runs).toEqual([1_000]);
});

test("a key's retries grow apart up to the longest delay, with jitter below, and forget ends that", async () => {
  const delays: number[] = [];
  const timers = manualTimers();
  let last = 0;
  const queue = keyQueue(
    async (key) => {
      delays.push(timers.now() - last);
      last = timers.now();
      if (delays.length === 6) queue.forget(key);
      if (delays.length < 8) queue.retry(key);
    },
    { timers, backoff: { baseMs: 100, maxMs: 1_000, random: () => 0.5 } },
  );
  queue.add('a');
  await timers.advance(60_000);
  expect(delays).toEqual([0, 75, 150, 300, 600, 750, 75, 150]);
});

test('retries of all keys together stay under the global bucket', async () => {
  const { queue, runs, timers } = quickQueue({
    retries: { perSecond: 10, burst: 5 },
    backoff: { baseMs: 1, maxMs: 1, random: () => 0 },
  });
  for (let each = 0; each < 25; each += 1) queue.retry(`key-${each}`);
  await timers.advance(1_000);
  expect(runs).toHaveLength(15);
  await timers.advance(1_000);
  expect(runs).toHaveLength(25);
});

test('a retry honours what the server asked to wait', async () => {
  const { queue, runs, timers } = quickQueue();
  queue.retry('a', 30_000);
  await timers.advance(60_000);
  expect(runs).toEqual([['a', 30_000]]);
});

test('stop waits for what runs, drops the rest and leaves no timer', async () => {
  const { queue, keys, finish, timers } = heldQueue({ workers: 1 });
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  await settle();
  let stopped = false;
  const stopping = queue.stop().then(() => {
    stopped = true;
  });
  await settle();
  expect(stopped).toBe(false);
  queue.add('d');
  await finish('a');
  await stopping;
  await timers.advance(1_000);
  expect(keys()).toEqual(['a']);
  expect(timers.pending()).toBe(0);
});
