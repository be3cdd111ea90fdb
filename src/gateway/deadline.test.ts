import { once } from 'node:events';
import { deadline, type Ended } from './deadline.ts';

async function endOf({ signal }: ReturnType<typeof deadline>): Promise<string> {
  if (!signal.aborted) await once(signal, 'abort');
  return (signal.reason as Ended).why;
}

test('the whole runs out, and so does the next thing', async () => {
  expect(await endOf(deadline(5))).toBe('timeout');
  const clock = deadline(10_000);
  clock.within(5, 'the first token');
  expect(await endOf(clock)).toBe('timeout');
  expect((clock.signal.reason as Ended).message).toBe('the first token took longer than 5 ms');
  clock.done();
});

test('a slow caller stops the clocks of the provider, and one that never reads has gone', async () => {
  const clock = deadline(20);
  clock.within(20, 'the next chunk');
  clock.waitForCaller(60);
  expect(await endOf(clock)).toBe('cancelled');
});

test('the time that the caller was waited for is known', async () => {
  const clock = deadline(10_000);
  expect(clock.waitedMs()).toBe(0);
  for (let n = 1; n <= 2; n++) {
    clock.waitForCaller(10_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.callerReads();
    // Timers may fire a millisecond early.
    expect(clock.waitedMs()).toBeGreaterThanOrEqual(n * 19);
  }
  clock.done();
});

test('what was left of the whole goes on when the caller reads again', async () => {
  const clock = deadline(30);
  clock.waitForCaller(10_000);
  clock.callerReads();
  expect(await endOf(clock)).toBe('timeout');
});
