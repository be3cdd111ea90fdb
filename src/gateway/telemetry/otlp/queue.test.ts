import { manualTimers } from '../../../lib/manual-timers.ts';
import { otlpQueue, QUEUE_LIMITS } from './queue.ts';

const limits = { ...QUEUE_LIMITS, most: 10, batch: 4, mostLength: 1000, batchLength: 500, everyMs: 100 };

/** A collector that answers when it is told to. */
function collector() {
  const batches: string[][] = [];
  let answers: ((lost: number) => void)[] = [];
  const send = (items: readonly string[]) => {
    batches.push([...items]);
    return new Promise<number>((resolve) => answers.push(resolve));
  };
  const answer = async (lost = 0) => {
    const waiting = answers;
    answers = [];
    for (const each of waiting) each(lost);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { send, batches, answer };
}

test('items are sent together: when enough wait, or some time after the first', async () => {
  const { send, batches, answer } = collector();
  const timers = manualTimers();
  const queue = otlpQueue(send, limits, timers);
  queue.offer('a');
  await timers.advance(99);
  queue.offer('b');
  expect(batches).toEqual([]);
  await timers.advance(1);
  expect(batches).toEqual([['a', 'b']]);
  await answer();
  for (const item of ['c', 'd', 'e', 'f', 'g']) queue.offer(item);
  expect(batches[1]).toEqual(['c', 'd', 'e', 'f']);
  await answer();
  expect(batches[2]).toEqual(['g']);
});

test('behind a collector that hangs items are dropped by number and by length, and counted', async () => {
  const { send, answer } = collector();
  const queue = otlpQueue(send, limits, manualTimers());
  for (let n = 0; n < 20; n++) queue.offer('x');
  // 4 are on their way and 10 wait.
  expect(queue.dropped()).toBe(6);
  await answer(3);
  expect(queue.dropped()).toBe(9);

  const long = otlpQueue(collector().send, limits, manualTimers());
  for (let n = 0; n < 6; n++) long.offer('x'.repeat(300));
  expect(long.dropped()).toBe(3);
});

test('one request is no longer than a collector takes, but for a single item', async () => {
  const { send, batches, answer } = collector();
  const queue = otlpQueue(send, limits, manualTimers());
  for (const length of [200, 200, 200, 600]) queue.offer('x'.repeat(length));
  // The last did not fit; what waits goes at the end.
  expect(queue.dropped()).toBe(1);
  const drained = queue.drain();
  await answer();
  expect(batches.map((batch) => batch.map((item) => item.length))).toEqual([[200, 200], [200]]);
  await answer();
  await drained;
  queue.offer('x'.repeat(600));
  void queue.drain();
  expect(batches[2]).toHaveLength(1);
});
