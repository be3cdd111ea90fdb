import { manualTimers } from '../lib/manual-timers.ts';
import { StoreError } from '../store/store.ts';
import { type ReconcileResult, runController, TerminalError } from './runner.ts';

function controllerOf(reconcile: (key: string, pass: number) => Promise<{ requeueAfterMs?: number }>) {
  const timers = manualTimers();
  const passes: { key: string; at: number; result: ReconcileResult }[] = [];
  let count = 0;
  const controller = runController({
    name: 'test',
    reconcile: (key) => reconcile(key, count++),
    queue: { timers, workers: 2, backoff: { baseMs: 100, maxMs: 1_000, random: () => 0 } },
    onPass: ({ key, result }) => passes.push({ key, at: timers.now(), result }),
  });
  return { timers, passes, controller };
}

test('a pass that asks for another gets it when it asked', async () => {
  const { controller, passes, timers } = controllerOf(async (_key, pass) =>
    pass < 2 ? { requeueAfterMs: 1_500 } : {},
  );
  controller.enqueue('a');
  await timers.advance(60_000);
  expect(passes).toEqual([
    { key: 'a', at: 0, result: 'requeue' },
    { key: 'a', at: 1_500, result: 'requeue' },
    { key: 'a', at: 3_000, result: 'success' },
  ]);
  expect(controller.idle()).toBe(true);
});

test('a pass that throws is retried with growing delays and stops no other key', async () => {
  const { controller, passes, timers } = controllerOf(async (key) => {
    if (key === 'bad') throw new Error('no');
    return {};
  });
  controller.enqueue('bad');
  controller.enqueue('good', 200);
  await timers.advance(380);
  expect(passes).toEqual([
    { key: 'bad', at: 0, result: 'error' },
    { key: 'bad', at: 50, result: 'error' },
    { key: 'bad', at: 150, result: 'error' },
    { key: 'good', at: 200, result: 'success' },
    { key: 'bad', at: 350, result: 'error' },
  ]);
});

test('a reconcile that throws before its first await is retried too', async () => {
  const { controller, passes, timers } = controllerOf(() => {
    throw new Error('at once');
  });
  controller.enqueue('a');
  await timers.advance(60);
  expect(passes.map(({ result }) => result)).toEqual(['error', 'error']);
});

test('a terminal error waits for the next change', async () => {
  const { controller, passes, timers } = controllerOf(async () => {
    throw new TerminalError('never');
  });
  controller.enqueue('a');
  await timers.advance(3_600_000);
  expect(passes).toHaveLength(1);
  controller.enqueue('a');
  await timers.advance(0);
  expect(passes.map(({ result }) => result)).toEqual(['terminal', 'terminal']);
});

test("a store's Retry-After is honoured", async () => {
  const { controller, passes, timers } = controllerOf(async (_key, pass) => {
    if (pass === 0) throw new StoreError('Unavailable', 'too many requests', { retryAfterMs: 7_000 });
    return {};
  });
  controller.enqueue('a');
  await timers.advance(60_000);
  expect(passes.map(({ at }) => at)).toEqual([0, 7_000]);
});

test('stop ends the passes', async () => {
  const { controller, passes, timers } = controllerOf(async () => ({ requeueAfterMs: 10 }));
  controller.enqueue('a');
  await timers.advance(5);
  await controller.stop();
  await timers.advance(1_000);
  expect(passes).toHaveLength(1);
});
