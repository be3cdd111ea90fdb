import fc from 'fast-check';
import { EARNED, MOST_SAVED, RESERVE, RESERVE_PER_SECOND, retryBudget } from './retry-budget.ts';

const step = fc.oneof(
  fc.constant('call' as const),
  fc.constant('retry' as const),
  fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }) }),
);

test('retries are a share of calls and a few more, whatever comes when', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.nat(400), (steps, from) => {
      let now = 0;
      const budget = retryBudget(() => now);
      let [calls, retries, since] = [0, 0, 0];
      for (const [at, each] of steps.entries()) {
        // The promise holds over any stretch of time, not only from the beginning.
        if (at === from) [calls, retries, since] = [0, 0, now];
        if (each === 'call') {
          budget.asked();
          calls++;
        } else if (each === 'retry') {
          if (budget.take()) retries++;
        } else now += each.waitMs;
      }
      // What of the reserve had come before and was not yet looked at is part of what had been saved.
      const most = MOST_SAVED + EARNED * calls + (RESERVE_PER_SECOND * (now - since)) / 1_000;
      expect(retries).toBeLessThanOrEqual(most + 1e-6);
    }),
  );
});

test('where every call asks for a retry, one in five has it', () => {
  const budget = retryBudget(() => 0);
  let retries = 0;
  for (let call = 0; call < 1_000; call++) {
    budget.asked();
    if (budget.take()) retries++;
  }
  expect(retries).toBe(RESERVE + 1_000 * EARNED);
});

test('what was spent is there again after a while without calls, and no more than the reserve', () => {
  let now = 0;
  const budget = retryBudget(() => now);
  const left = () => {
    let count = 0;
    while (budget.take()) count++;
    return count;
  };
  expect(left()).toBe(RESERVE);
  now += 1_000 / RESERVE_PER_SECOND - 1;
  expect(budget.take()).toBe(false);
  now += 1;
  expect(left()).toBe(1);
  now += 3_600_000;
  expect(left()).toBe(RESERVE);
});

test('a long quiet time with calls that succeed saves up a bounded number', () => {
  const budget = retryBudget(() => 0);
  for (let call = 0; call < 10_000; call++) budget.asked();
  let retries = 0;
  while (budget.take()) retries++;
  expect(retries).toBe(MOST_SAVED);
});
