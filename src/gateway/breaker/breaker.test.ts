import fc from 'fast-check';
import { breaker, IN_A_ROW, LEAST_CALLS, MOST_OPEN_MS, OPEN_MS, WINDOW_MS } from './breaker.ts';

function stage() {
  let now = 0;
  const changes: boolean[] = [];
  const one = breaker(
    () => now,
    (open) => changes.push(open),
  );
  const say = (heard: 'worked' | 'failed', times = 1) => {
    for (let n = 0; n < times; n++) one.heard(heard);
  };
  return { one, changes, say, wait: (ms: number) => (now += ms) };
}

test('failures in a row open it, fewer do not', () => {
  const { one, say, changes } = stage();
  say('failed', IN_A_ROW - 1);
  say('worked');
  say('failed', IN_A_ROW - 1);
  expect(one.standing()).toBe('closed');
  say('failed');
  expect(one.standing()).toBe('open');
  expect(changes).toEqual([true]);
});

test('half of enough calls open it, whatever their order', () => {
  const { one, say } = stage();
  for (let n = 0; n < LEAST_CALLS / 2 - 1; n++) {
    say('worked');
    say('failed');
  }
  say('worked');
  expect(one.standing()).toBe('closed');
  say('failed');
  expect(one.standing()).toBe('open');
});

test('failures of long ago do not count towards the share', () => {
  const { one, say, wait } = stage();
  for (let n = 0; n < LEAST_CALLS / 2 - 1; n++) {
    say('failed');
    say('worked');
  }
  wait(3 * WINDOW_MS);
  say('worked');
  say('failed', 2);
  expect(one.standing()).toBe('closed');
});

test('one trial at a time; one that works closes it, one that fails keeps it open for twice as long', () => {
  const { one, say, wait, changes } = stage();
  say('failed', IN_A_ROW);
  wait(OPEN_MS);
  expect(one.standing()).toBe('due');
  one.begin();
  expect(one.standing()).toBe('open');
  one.tried('failed');
  wait(2 * OPEN_MS - 1);
  expect(one.standing()).toBe('open');
  wait(1);
  expect(one.standing()).toBe('due');
  one.begin();
  one.tried('worked');
  expect(one.standing()).toBe('closed');
  expect(changes).toEqual([true, true, false]);
  say('failed', IN_A_ROW);
  wait(OPEN_MS);
  expect(one.standing()).toBe('due');
});

test('a trial that says nothing leaves the next call to try', () => {
  const { one, say, wait } = stage();
  say('failed', IN_A_ROW);
  wait(OPEN_MS);
  one.begin();
  one.tried(undefined);
  expect(one.standing()).toBe('due');
});

test('it is open for as long as the backend asks for, within bounds', () => {
  const { one, say, wait } = stage();
  say('failed', IN_A_ROW - 1);
  one.heard('failed', 20_000);
  wait(19_999);
  expect(one.standing()).toBe('open');
  wait(1);
  one.begin();
  one.tried('failed', 24 * 3_600_000);
  wait(MOST_OPEN_MS);
  expect(one.standing()).toBe('due');
});

const step = fc.oneof(
  fc.record({ do: fc.constant('heard' as const), failed: fc.boolean(), holdMs: fc.nat(200_000) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(30_000) }),
  fc.record({ do: fc.constant('call' as const), failed: fc.option(fc.boolean()), holdMs: fc.nat(200_000) }),
);

test('whatever happens: never two trials, never closed but by a trial that worked, due again within bounds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { one, wait, changes } = stage();
      for (const each of steps) {
        const before = one.standing();
        if (each.do === 'wait') wait(each.ms);
        else if (each.do === 'heard') one.heard(each.failed ? 'failed' : 'worked', each.holdMs);
        else if (before === 'due') {
          one.begin();
          expect(one.standing()).toBe('open');
          one.tried(each.failed === null ? undefined : each.failed ? 'failed' : 'worked', each.holdMs);
          expect(one.standing() === 'closed').toBe(each.failed === false);
          continue;
        }
        if (before !== 'closed') expect(one.standing()).not.toBe('closed');
      }
      if (one.standing() === 'closed') {
        expect(changes.at(-1) ?? false).toBe(false);
      } else {
        wait(MOST_OPEN_MS);
        expect(one.standing()).toBe('due');
      }
    }),
  );
});

test('a backend that fails less than half of its calls, and never five in a row, stays', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(3_000)), { maxLength: 100 }), (runs) => {
      const { one, say, wait } = stage();
      for (const [failures, ms] of runs) {
        say('worked', failures + 1);
        say('failed', failures);
        wait(ms);
        expect(one.standing()).toBe('closed');
      }
    }),
  );
});
