import fc from 'fast-check';
import { accountsInMemory, sumOf } from './accounts.ts';

const clock = () => {
  let now = 0;
  return {
    now: () => now,
    later(ms: number) {
      now += ms;
    },
  };
};

test('an account is one and the same until it has not been used for as long as it is kept', () => {
  const { now, later } = clock();
  const accounts = accountsInMemory({ now });
  const first = accounts.open('k', 1_000);
  first.own += 5;
  later(999);
  expect(accounts.open('k', 1_000)).toBe(first);
  later(1_000);
  const second = accounts.open('k', 1_000);
  expect(sumOf(second)).toBe(0);
  // What it was is still there elsewhere: the new one must not be written over it.
  expect(second.field).not.toBe(first.field);
});

test('those that have had their time take no memory', () => {
  const { now, later } = clock();
  const accounts = accountsInMemory({ now });
  for (let n = 0; n < 100; n++) accounts.open(`k${n}`, 1_000);
  later(60_000);
  accounts.open('k', 1_000);
  expect(accounts.size()).toBe(1);
});

test('there are no more than may be: the one not used for longest goes', () => {
  const accounts = accountsInMemory(clock(), 2);
  const [a] = [accounts.open('a', 1_000), accounts.open('b', 1_000)];
  accounts.open('a', 1_000);
  accounts.open('c', 1_000);
  expect(accounts.open('a', 1_000)).toBe(a);
  expect(accounts.size()).toBe(2);
});

test('followed are those of late, and those with something to tell', () => {
  const { now, later } = clock();
  const accounts = accountsInMemory({ now });
  const names = () => accounts.followed(10).map(({ key }) => key);
  accounts.open('old', 1_000);
  const untold = accounts.open('untold', 1_000);
  untold.own += 1;
  later(11);
  accounts.open('new', 1_000);
  expect(names()).toEqual(['untold', 'new']);
  untold.told = 1;
  expect(names()).toEqual(['new']);
});

test('whatever is opened, there is one account a key and no more than may be', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(700))), (uses) => {
      const { now, later } = clock();
      const accounts = accountsInMemory({ now }, 8);
      for (const [key, ms] of uses) {
        later(ms);
        const account = accounts.open(String(key), 1_000);
        account.own += 1;
        expect(accounts.open(String(key), 1_000)).toBe(account);
        expect(accounts.size()).toBeLessThanOrEqual(8);
      }
    }),
  );
});

test('an account that is used again is kept on, until it has had its time', () => {
  const { now, later } = clock();
  const accounts = accountsInMemory({ now });
  const account = accounts.open('a', 100_000);
  account.own = 5;
  later(90_000);
  expect(accounts.use(account)).toBe(true);
  later(90_000);
  expect(accounts.open('a', 100_000)).toBe(account);
  later(100_000);
  expect(accounts.use(account)).toBe(false);
  expect(accounts.open('a', 100_000).own).toBe(0);
});
